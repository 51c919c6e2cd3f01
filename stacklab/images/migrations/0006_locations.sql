-- Where else an image's bytes are, in order: addresses of the web. `metadata` is a JSON object.
CREATE TABLE image_locations (
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    url TEXT NOT NULL,
    metadata TEXT NOT NULL,
    PRIMARY KEY (image_id, position)
);
