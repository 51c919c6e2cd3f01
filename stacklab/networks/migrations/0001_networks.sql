-- Networks, what is on them, and the filter between them. Times are UTC microseconds; flags are 0 or 1.
CREATE TABLE networks (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    shared INTEGER NOT NULL,
    external INTEGER NOT NULL,
    mtu INTEGER NOT NULL,
    revision_number INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX networks_project ON networks (project_id, id);
CREATE INDEX networks_name ON networks (name, id);

-- pools: JSON list of [first, last] addresses as text; dns: JSON list of addresses.
CREATE TABLE subnets (
    id TEXT PRIMARY KEY,
    network_id TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    cidr TEXT NOT NULL,
    gateway_ip TEXT NOT NULL,
    enable_dhcp INTEGER NOT NULL,
    pools TEXT NOT NULL,
    dns TEXT NOT NULL,
    revision_number INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX subnets_network ON subnets (network_id, id);
CREATE INDEX subnets_project ON subnets (project_id, id);

CREATE TABLE ports (
    id TEXT PRIMARY KEY,
    network_id TEXT NOT NULL REFERENCES networks (id),
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    mac_address TEXT NOT NULL UNIQUE,
    admin_state_up INTEGER NOT NULL,
    port_security_enabled INTEGER NOT NULL,
    status TEXT NOT NULL,
    device_id TEXT NOT NULL,
    device_owner TEXT NOT NULL,
    host TEXT NOT NULL,
    by_compute INTEGER NOT NULL,
    revision_number INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX ports_project ON ports (project_id, id);
CREATE INDEX ports_project_device ON ports (project_id, device_id, id);
CREATE INDEX ports_project_name ON ports (project_id, name, id);
CREATE INDEX ports_network ON ports (network_id, id);
CREATE INDEX ports_device ON ports (device_id, created_at, id);

-- An address in use, by a port or a floating IP (`holder`): the key is what keeps two from sharing one.
CREATE TABLE addresses (
    subnet_id TEXT NOT NULL REFERENCES subnets (id),
    number BIGINT NOT NULL,
    ip TEXT NOT NULL,
    holder TEXT NOT NULL,
    PRIMARY KEY (subnet_id, number)
);
CREATE INDEX addresses_holder ON addresses (holder, number);
CREATE INDEX addresses_ip ON addresses (ip);

-- What is free in a subnet's pools: ranges that never touch or overlap, so that a free address is one look-up.
CREATE TABLE free_ranges (
    subnet_id TEXT NOT NULL REFERENCES subnets (id) ON DELETE CASCADE,
    last BIGINT NOT NULL,
    first BIGINT NOT NULL,
    PRIMARY KEY (subnet_id, last)
);
CREATE UNIQUE INDEX free_ranges_first ON free_ranges (subnet_id, first);

CREATE TABLE security_groups (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    is_default INTEGER NOT NULL,
    revision_number INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX security_groups_project ON security_groups (project_id, id);
CREATE INDEX security_groups_name ON security_groups (project_id, name);
CREATE UNIQUE INDEX security_groups_default ON security_groups (project_id) WHERE is_default = 1;

-- signature: direction, ethertype, protocol, ports and remote in one text: two equal rules cannot be in one group.
CREATE TABLE security_group_rules (
    id TEXT PRIMARY KEY,
    security_group_id TEXT NOT NULL REFERENCES security_groups (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    ethertype TEXT NOT NULL,
    protocol TEXT,
    port_range_min INTEGER,
    port_range_max INTEGER,
    remote_ip_prefix TEXT,
    remote_group_id TEXT REFERENCES security_groups (id) ON DELETE CASCADE,
    description TEXT NOT NULL,
    signature TEXT NOT NULL,
    revision_number INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX security_group_rules_signature ON security_group_rules (security_group_id, signature);
CREATE INDEX security_group_rules_project ON security_group_rules (project_id, id);
CREATE INDEX security_group_rules_remote ON security_group_rules (remote_group_id);

CREATE TABLE port_groups (
    port_id TEXT NOT NULL REFERENCES ports (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL REFERENCES security_groups (id),
    PRIMARY KEY (port_id, group_id)
);
CREATE INDEX port_groups_group ON port_groups (group_id);

CREATE TABLE floating_ips (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL,
    network_id TEXT NOT NULL REFERENCES networks (id),
    address TEXT NOT NULL UNIQUE,
    port_id TEXT REFERENCES ports (id),
    fixed_ip TEXT,
    description TEXT NOT NULL,
    revision_number INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX floating_ips_project ON floating_ips (project_id, id);
CREATE UNIQUE INDEX floating_ips_port ON floating_ips (port_id, fixed_ip);

-- Only what differs from the settings' default; -1 is no limit.
CREATE TABLE network_quotas (
    project_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    most INTEGER NOT NULL,
    PRIMARY KEY (project_id, resource)
);

CREATE TABLE network_tags (
    resource_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (resource_id, tag)
);
CREATE INDEX network_tags_tag ON network_tags (tag, resource_id);
