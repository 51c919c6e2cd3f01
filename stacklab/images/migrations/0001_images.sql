-- An image's row is all that showing it needs; tags and properties are repeated below for filters to look in.
CREATE TABLE images (
    id TEXT PRIMARY KEY,
    name TEXT,
    owner TEXT NOT NULL,
    status TEXT NOT NULL,
    visibility TEXT NOT NULL,
    protected INTEGER NOT NULL,
    os_hidden INTEGER NOT NULL,
    container_format TEXT,
    disk_format TEXT,
    min_disk BIGINT NOT NULL,
    min_ram BIGINT NOT NULL,
    size BIGINT,
    virtual_size BIGINT,
    checksum TEXT,
    os_hash_algo TEXT,
    os_hash_value TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    blob TEXT,
    tags TEXT NOT NULL,
    properties TEXT NOT NULL
);
-- One index a list: everything (admin), one's own, the public ones, newest first; and by name.
CREATE INDEX images_created ON images (os_hidden, created_at, id);
CREATE INDEX images_owner ON images (owner, os_hidden, created_at, id);
CREATE INDEX images_visibility ON images (visibility, os_hidden, created_at, id);
CREATE INDEX images_name ON images (name, created_at, id);
CREATE INDEX images_status ON images (status);
CREATE INDEX images_blob ON images (blob);

CREATE TABLE image_tags (
    tag TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    PRIMARY KEY (tag, image_id)
);
CREATE INDEX image_tags_image ON image_tags (image_id);

CREATE TABLE image_properties (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    PRIMARY KEY (name, image_id)
);
CREATE INDEX image_properties_value ON image_properties (name, value, image_id);
CREATE INDEX image_properties_image ON image_properties (image_id);

-- A project an image is shared with; status: pending, accepted, rejected.
CREATE TABLE image_members (
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    member_id TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (image_id, member_id)
);
CREATE INDEX image_members_member ON image_members (member_id, status, image_id);
