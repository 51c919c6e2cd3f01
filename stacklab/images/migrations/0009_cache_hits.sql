-- What was downloaded is listed as cached, too, with how often and when.
ALTER TABLE image_cache ADD COLUMN hits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE image_cache ADD COLUMN accessed_at BIGINT;
