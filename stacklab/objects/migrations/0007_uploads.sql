-- Uploads in parts (S3) that are under way: what was said of the object when each began. `container` is where the parts
-- are; they are objects there, named `<name>/<upload>/<number>`. Times in µs.
CREATE TABLE objects_uploads (
    container BIGINT NOT NULL REFERENCES objects_containers (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    upload TEXT NOT NULL,
    began BIGINT NOT NULL,
    media TEXT NOT NULL,
    metadata TEXT NOT NULL,
    sums TEXT NOT NULL,
    sums_kind TEXT NOT NULL,
    PRIMARY KEY (container, name, upload)
);
