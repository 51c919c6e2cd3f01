-- Flavors: what a server may be. `specs` is a JSON object of extra specs.
CREATE TABLE flavors (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    ram_mb INTEGER NOT NULL,
    vcpus INTEGER NOT NULL,
    disk_gb INTEGER NOT NULL,
    ephemeral_gb INTEGER NOT NULL,
    swap_mb INTEGER NOT NULL,
    rxtx_factor TEXT NOT NULL,
    public INTEGER NOT NULL,
    description TEXT,
    specs TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
CREATE TABLE flavor_access (
    flavor_id TEXT NOT NULL REFERENCES flavors (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL,
    PRIMARY KEY (flavor_id, project_id)
);

-- Key pairs belong to a user; the private half is never kept.
CREATE TABLE keypairs (
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    id BIGINT NOT NULL,
    type TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    public_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, name)
);

-- Servers. deleted_at is 0 for a living one; deleted rows stay for `changes-since`.
CREATE TABLE servers (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    hostname TEXT NOT NULL,
    image_id TEXT NOT NULL,
    base TEXT NOT NULL,
    flavor_id TEXT NOT NULL,
    flavor TEXT NOT NULL,
    vcpus INTEGER NOT NULL,
    ram_mb INTEGER NOT NULL,
    disk_gb INTEGER NOT NULL,
    key_name TEXT,
    key_type TEXT,
    key_data TEXT,
    zone TEXT NOT NULL,
    pinned_zone TEXT,
    config_drive INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    vm_state TEXT NOT NULL,
    task_state TEXT,
    power_state INTEGER NOT NULL,
    desired TEXT NOT NULL,
    locked TEXT,
    locked_reason TEXT,
    fault TEXT,
    group_id TEXT,
    reservation_id TEXT NOT NULL,
    launch_index INTEGER NOT NULL,
    disk_config TEXT NOT NULL,
    access_v4 TEXT NOT NULL,
    access_v6 TEXT NOT NULL,
    disks TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    launched_at BIGINT,
    terminated_at BIGINT,
    deleted_at BIGINT NOT NULL
);
CREATE INDEX servers_of_project ON servers (project_id, deleted_at, created_at, id);
CREATE INDEX servers_of_all ON servers (deleted_at, created_at, id);
CREATE INDEX servers_changed ON servers (project_id, updated_at, id);
CREATE INDEX servers_changed_all ON servers (updated_at, id);
CREATE INDEX servers_of_group ON servers (group_id, deleted_at);
CREATE INDEX servers_reserved ON servers (reservation_id);

-- Up to 64 KiB each, so out of the way of the lists.
CREATE TABLE user_data (
    server_id TEXT PRIMARY KEY REFERENCES servers (id) ON DELETE CASCADE,
    data TEXT NOT NULL
);
CREATE TABLE server_tags (
    server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (server_id, tag)
);
CREATE INDEX server_tags_by_tag ON server_tags (tag, server_id);

-- What the living servers of a project add up to: a quota check reads one row, however many servers there are.
CREATE TABLE usages (
    project_id TEXT PRIMARY KEY,
    instances INTEGER NOT NULL,
    cores INTEGER NOT NULL,
    ram_mb INTEGER NOT NULL
);
-- Limits that differ from the settings, of a project ("project:<id>") or of the class "default" ("class:default").
CREATE TABLE limits (
    owner TEXT NOT NULL,
    resource TEXT NOT NULL,
    most INTEGER NOT NULL,
    PRIMARY KEY (owner, resource)
);

-- What was asked of a server, and the steps it took: the boot trace.
CREATE TABLE actions (
    id BIGINT PRIMARY KEY,
    server_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    action TEXT NOT NULL,
    user_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    message TEXT
);
CREATE INDEX actions_of_server ON actions (server_id, id);
CREATE INDEX actions_by_request ON actions (server_id, request_id);
CREATE TABLE action_events (
    id BIGINT PRIMARY KEY,
    action_id BIGINT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    result TEXT,
    details TEXT
);
CREATE INDEX action_events_of_action ON action_events (action_id, id);

CREATE TABLE server_groups (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    policy TEXT NOT NULL,
    rules TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX server_groups_of_project ON server_groups (project_id, created_at, id);

-- The parts of this node that Nova's operators know as services.
CREATE TABLE services (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    binary_name TEXT NOT NULL UNIQUE,
    disabled INTEGER NOT NULL,
    reason TEXT,
    forced_down INTEGER NOT NULL,
    updated_at BIGINT NOT NULL
);
