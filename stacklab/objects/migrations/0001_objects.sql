-- Counts and bytes are kept in the same transaction as the rows they count. Metadata is JSON of the headers kept, in
-- small letters; what is searched has a column. Times in µs.
CREATE TABLE objects_accounts (
    name TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    containers BIGINT NOT NULL,
    objects BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    metadata TEXT NOT NULL
);

CREATE TABLE objects_containers (
    id BIGINT PRIMARY KEY,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    objects BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    metadata TEXT NOT NULL,
    UNIQUE (account, name)
);

-- `version`: when the bytes were put, unique. `modified`: that, or when metadata was last changed. `file`: the name of
-- its bytes, "" for none. `kind`: what else than plain bytes it is. `ends`: the second it expires, or NULL.
CREATE TABLE objects (
    container BIGINT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    file TEXT NOT NULL,
    size BIGINT NOT NULL,
    etag TEXT NOT NULL,
    media TEXT NOT NULL,
    kind TEXT NOT NULL,
    metadata TEXT NOT NULL,
    ends BIGINT,
    PRIMARY KEY (container, name)
);
CREATE INDEX objects_file ON objects (file);
CREATE INDEX objects_ends ON objects (ends) WHERE ends IS NOT NULL;
