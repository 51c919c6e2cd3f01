-- At home. An invitation is used once; `secret` is the SHA-256 of what the join token holds.
CREATE TABLE regions_invites (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    sponsor TEXT NOT NULL,
    sponsor_url TEXT NOT NULL,
    trusted INTEGER NOT NULL,
    secret TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX regions_invites_name ON regions_invites (name, created_at);

-- The nodes that joined. state: joined, removed (the row stays: its key is told that it was, its usage is kept).
-- services: a JSON list of catalogue types; capacity: JSON; acknowledged: how far it has read the feed.
CREATE TABLE regions_nodes (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    invite_id TEXT NOT NULL,
    sponsor TEXT NOT NULL,
    sponsor_url TEXT NOT NULL,
    trusted INTEGER NOT NULL,
    address TEXT NOT NULL,
    services TEXT NOT NULL,
    public_key TEXT NOT NULL,
    state TEXT NOT NULL,
    capacity TEXT NOT NULL,
    servers INTEGER NOT NULL,
    acknowledged BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE UNIQUE INDEX regions_nodes_name ON regions_nodes (name) WHERE state <> 'removed';
CREATE UNIQUE INDEX regions_nodes_invite ON regions_nodes (invite_id);

CREATE TABLE regions_admins (
    region TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (region, user_id)
);
CREATE INDEX regions_admins_user ON regions_admins (user_id);

-- What every node must hear, numbered. kind: revoked, or the news' own (project.deleted). at: µs, what is revoked was
-- issued until then. A revocation can go when no token it is about is left, news when every node has it.
CREATE TABLE regions_feed (
    seq BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Lines of usage from the outboxes; the key is the line's own, so that it counts once however often it comes.
CREATE TABLE regions_usage (
    node_id TEXT NOT NULL,
    key TEXT NOT NULL,
    region TEXT NOT NULL,
    project_id TEXT NOT NULL,
    server_id TEXT NOT NULL,
    flavor TEXT NOT NULL,
    vcpus INTEGER NOT NULL,
    ram_mb INTEGER NOT NULL,
    disk_gb INTEGER NOT NULL,
    begins BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (node_id, key)
);
CREATE INDEX regions_usage_of_project ON regions_usage (project_id, begins);
CREATE INDEX regions_usage_of_region ON regions_usage (region, begins);

-- At a node: the one row of where it belongs. state: joined, removed. feed_at: how far the feed was read;
-- fresh_at (µs): when home was heard of last.
CREATE TABLE regions_membership (
    node_id TEXT PRIMARY KEY,
    region TEXT NOT NULL,
    home_url TEXT NOT NULL,
    home_key TEXT NOT NULL,
    identity_url TEXT NOT NULL,
    trusted INTEGER NOT NULL,
    state TEXT NOT NULL,
    feed_at BIGINT NOT NULL,
    fresh_at BIGINT NOT NULL,
    usage_until BIGINT NOT NULL
);
CREATE TABLE regions_revocations (
    digest TEXT PRIMARY KEY,
    before_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
-- The users, projects and domains whose tokens came here, by what the feed calls them.
CREATE TABLE regions_met (
    digest TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL
);
CREATE TABLE regions_outbox (
    id BIGINT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL
);
