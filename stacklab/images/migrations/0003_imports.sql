-- One asked-for change of an image's bytes that outlives its request. `input` and `result` are JSON objects; times in µs.
CREATE TABLE image_tasks (
    id TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    owner TEXT NOT NULL,
    image_id TEXT,
    user_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    input TEXT NOT NULL,
    result TEXT,
    message TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX image_tasks_created ON image_tasks (created_at, id);
CREATE INDEX image_tasks_image ON image_tasks (image_id, created_at);
CREATE INDEX image_tasks_expires ON image_tasks (expires_at);

-- What the cache API was asked to keep at hand. All bytes are: a row says that somebody asked.
CREATE TABLE image_cache (
    image_id TEXT PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
    cached_at BIGINT NOT NULL
);
