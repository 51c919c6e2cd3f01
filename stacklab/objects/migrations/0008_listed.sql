-- What a JSON list says of an object, as it is written; '' where that depends on more than its row, and of rows that are
-- older than this column: those are put into words when they are listed.
ALTER TABLE objects ADD COLUMN listed TEXT NOT NULL DEFAULT '';
