-- Domains are projects with is_domain = 1 and an empty domain_id, as Keystone shows them.
CREATE TABLE identity_projects (
    id TEXT PRIMARY KEY,
    domain_id TEXT NOT NULL,
    parent_id TEXT,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    is_domain INTEGER NOT NULL,
    options TEXT NOT NULL,
    extra TEXT NOT NULL
);
CREATE UNIQUE INDEX identity_projects_name ON identity_projects (domain_id, name);
CREATE INDEX identity_projects_listed ON identity_projects (is_domain, id);
CREATE INDEX identity_projects_parent ON identity_projects (parent_id);

CREATE TABLE identity_project_tags (
    project_id TEXT NOT NULL REFERENCES identity_projects (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (project_id, tag)
);
CREATE INDEX identity_project_tags_tag ON identity_project_tags (tag);

-- password is an Argon2id hash, or null for a user who cannot log in by password.
CREATE TABLE identity_users (
    id TEXT PRIMARY KEY,
    domain_id TEXT NOT NULL REFERENCES identity_projects (id),
    name TEXT NOT NULL,
    password TEXT,
    enabled INTEGER NOT NULL,
    default_project_id TEXT,
    options TEXT NOT NULL,
    extra TEXT NOT NULL
);
CREATE UNIQUE INDEX identity_users_name ON identity_users (domain_id, name);
CREATE INDEX identity_users_named ON identity_users (name);

CREATE TABLE identity_groups (
    id TEXT PRIMARY KEY,
    domain_id TEXT NOT NULL REFERENCES identity_projects (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    extra TEXT NOT NULL
);
CREATE UNIQUE INDEX identity_groups_name ON identity_groups (domain_id, name);

CREATE TABLE identity_group_members (
    group_id TEXT NOT NULL REFERENCES identity_groups (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES identity_users (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX identity_group_members_user ON identity_group_members (user_id);

-- domain_id is empty for a role every domain knows.
CREATE TABLE identity_roles (
    id TEXT PRIMARY KEY,
    domain_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    options TEXT NOT NULL,
    extra TEXT NOT NULL
);
CREATE UNIQUE INDEX identity_roles_name ON identity_roles (domain_id, name);

CREATE TABLE identity_implied_roles (
    prior_id TEXT NOT NULL REFERENCES identity_roles (id) ON DELETE CASCADE,
    implied_id TEXT NOT NULL REFERENCES identity_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (prior_id, implied_id)
);

-- A role that a user or group (actor) has on a project, a domain or the system (target; its id is then 'system').
CREATE TABLE identity_assignments (
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    role_id TEXT NOT NULL REFERENCES identity_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (actor_id, target_id, role_id)
);
CREATE INDEX identity_assignments_target ON identity_assignments (target_id);
CREATE INDEX identity_assignments_role ON identity_assignments (role_id);

CREATE TABLE identity_regions (
    id TEXT PRIMARY KEY,
    parent_id TEXT REFERENCES identity_regions (id),
    description TEXT NOT NULL,
    extra TEXT NOT NULL
);

CREATE TABLE identity_services (
    id TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    enabled INTEGER NOT NULL,
    extra TEXT NOT NULL
);

-- url may hold $(base)s, the address the caller reached us by, and $(project_id)s.
CREATE TABLE identity_endpoints (
    id TEXT PRIMARY KEY,
    service_id TEXT NOT NULL REFERENCES identity_services (id) ON DELETE CASCADE,
    region_id TEXT REFERENCES identity_regions (id),
    interface TEXT NOT NULL,
    url TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    extra TEXT NOT NULL
);
CREATE INDEX identity_endpoints_service ON identity_endpoints (service_id);
CREATE INDEX identity_endpoints_region ON identity_endpoints (region_id);

-- secret is an Argon2id hash; role_ids is a JSON list.
CREATE TABLE identity_application_credentials (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES identity_users (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES identity_projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    secret TEXT NOT NULL,
    description TEXT,
    role_ids TEXT NOT NULL,
    expires_at BIGINT,
    unrestricted INTEGER NOT NULL
);
CREATE UNIQUE INDEX identity_application_credentials_name ON identity_application_credentials (user_id, name);
CREATE INDEX identity_application_credentials_project ON identity_application_credentials (project_id);

-- blob is encrypted with the key in keys/.
CREATE TABLE identity_credentials (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES identity_users (id) ON DELETE CASCADE,
    project_id TEXT,
    type TEXT NOT NULL,
    blob TEXT NOT NULL,
    extra TEXT NOT NULL
);
CREATE INDEX identity_credentials_user ON identity_credentials (user_id);

CREATE TABLE identity_policies (
    id TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    blob TEXT NOT NULL,
    extra TEXT NOT NULL
);

-- Tokens about `subject` (an audit id, a user, a project, a domain, a credential, user@target) that were issued at or
-- before `before_at` are refused; after `expires_at` no such token is left and the row can go.
CREATE TABLE identity_revocations (
    subject TEXT PRIMARY KEY,
    before_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
