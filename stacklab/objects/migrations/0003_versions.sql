-- What objects were before (X-Versions-Enabled): rows as of the table objects, whose `bytes` their container counts
-- while its `objects` counts none of them. A delete marker is a row of kind 'deleted' without a file.
CREATE TABLE objects_versions (
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
    PRIMARY KEY (container, name, version)
);
CREATE INDEX objects_versions_file ON objects_versions (file);
CREATE INDEX objects_versions_ends ON objects_versions (ends) WHERE ends IS NOT NULL;
