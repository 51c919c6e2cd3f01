-- The stores that hold an image's bytes, comma-separated: in the image's row, so that a list needs no other. Whatever
-- has a blob had it in the one store there was.
ALTER TABLE images ADD COLUMN stores TEXT NOT NULL DEFAULT '';
UPDATE images SET stores = 'local' WHERE blob IS NOT NULL;

-- What the folder of each further store must say of itself, lest another node's be taken for ours.
CREATE TABLE image_store_marks (
    store TEXT PRIMARY KEY,
    mark TEXT NOT NULL
);
