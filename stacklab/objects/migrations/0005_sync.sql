-- Container sync: what is still to be told to the container at the other end, by name the last change alone; and what was
-- deleted not long ago (`gone`, without a moment at which it is due), so that nobody brings it back. Times in µs.
CREATE TABLE objects_sync (
    container BIGINT NOT NULL REFERENCES objects_containers (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    moment BIGINT NOT NULL,
    gone INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    due BIGINT,
    PRIMARY KEY (container, name)
);
CREATE INDEX objects_sync_due ON objects_sync (due) WHERE due IS NOT NULL;
CREATE INDEX objects_sync_told ON objects_sync (moment) WHERE due IS NULL;
