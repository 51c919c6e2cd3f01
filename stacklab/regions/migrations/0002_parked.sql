-- Why home will not have an item of the outbox; '' while it waits. A parked one holds nothing back.
ALTER TABLE regions_outbox ADD COLUMN error TEXT NOT NULL DEFAULT '';
CREATE INDEX regions_outbox_waiting ON regions_outbox (error, id);
