-- Metadata definitions: a catalogue of what may be said of images, flavors, volumes and the rest.
CREATE TABLE metadef_namespaces (
    id TEXT PRIMARY KEY,
    namespace TEXT NOT NULL UNIQUE,
    display_name TEXT,
    description TEXT,
    visibility TEXT NOT NULL,
    protected INTEGER NOT NULL,
    owner TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX metadef_namespaces_created ON metadef_namespaces (created_at, id);
CREATE INDEX metadef_namespaces_owner ON metadef_namespaces (owner, created_at, id);
CREATE INDEX metadef_namespaces_visibility ON metadef_namespaces (visibility, created_at, id);

-- What is in a namespace; kind: object, property, tag, association (with a resource type). The document is its JSON.
CREATE TABLE metadef_parts (
    namespace_id TEXT NOT NULL REFERENCES metadef_namespaces (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (namespace_id, kind, name)
);
CREATE INDEX metadef_parts_created ON metadef_parts (namespace_id, kind, created_at, name);
CREATE INDEX metadef_parts_name ON metadef_parts (kind, name, namespace_id);

-- The types a namespace can be associated with; one that is named for the first time is added.
CREATE TABLE metadef_resource_types (
    name TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- Those that clients expect to find, as of the beginning of 2026.
INSERT INTO metadef_resource_types (name, created_at, updated_at) VALUES
    ('OS::Glance::Image', 1767225600000000, 1767225600000000),
    ('OS::Cinder::Volume', 1767225600000000, 1767225600000000),
    ('OS::Nova::Flavor', 1767225600000000, 1767225600000000),
    ('OS::Nova::Aggregate', 1767225600000000, 1767225600000000),
    ('OS::Nova::Server', 1767225600000000, 1767225600000000);
