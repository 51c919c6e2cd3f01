-- Which endpoints a project's catalogue shows: named one by one, or by groups that say what they pick.
CREATE TABLE identity_project_endpoints (
    project_id TEXT NOT NULL REFERENCES identity_projects (id) ON DELETE CASCADE,
    endpoint_id TEXT NOT NULL REFERENCES identity_endpoints (id) ON DELETE CASCADE,
    PRIMARY KEY (project_id, endpoint_id)
);
CREATE INDEX identity_project_endpoints_endpoint ON identity_project_endpoints (endpoint_id);

-- filters is a JSON object of service_id, region_id and interface: an endpoint with these values is in the group.
CREATE TABLE identity_endpoint_groups (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    filters TEXT NOT NULL
);
CREATE INDEX identity_endpoint_groups_name ON identity_endpoint_groups (name, id);

CREATE TABLE identity_project_endpoint_groups (
    project_id TEXT NOT NULL REFERENCES identity_projects (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL REFERENCES identity_endpoint_groups (id) ON DELETE CASCADE,
    PRIMARY KEY (project_id, group_id)
);
CREATE INDEX identity_project_endpoint_groups_group ON identity_project_endpoint_groups (group_id);

-- What a policy is for. subject is the endpoint's id, the service's id, or service id/region id: one policy each.
CREATE TABLE identity_policy_associations (
    subject TEXT PRIMARY KEY,
    policy_id TEXT NOT NULL REFERENCES identity_policies (id) ON DELETE CASCADE,
    endpoint_id TEXT REFERENCES identity_endpoints (id) ON DELETE CASCADE,
    service_id TEXT REFERENCES identity_services (id) ON DELETE CASCADE,
    region_id TEXT REFERENCES identity_regions (id) ON DELETE CASCADE
);
CREATE INDEX identity_policy_associations_policy ON identity_policy_associations (policy_id);
CREATE INDEX identity_policy_associations_endpoint ON identity_policy_associations (endpoint_id);
CREATE INDEX identity_policy_associations_service ON identity_policy_associations (service_id);
CREATE INDEX identity_policy_associations_region ON identity_policy_associations (region_id);
CREATE INDEX identity_policies_type ON identity_policies (type, id);

CREATE INDEX identity_regions_parent ON identity_regions (parent_id);
CREATE INDEX identity_services_type ON identity_services (type, id);
CREATE INDEX identity_services_name ON identity_services (name, id);

-- The default of one resource of a service, everywhere or in one region.
CREATE TABLE identity_registered_limits (
    id TEXT PRIMARY KEY,
    service_id TEXT NOT NULL REFERENCES identity_services (id) ON DELETE CASCADE,
    region_id TEXT REFERENCES identity_regions (id) ON DELETE CASCADE,
    resource_name TEXT NOT NULL,
    default_limit BIGINT NOT NULL,
    description TEXT
);
CREATE UNIQUE INDEX identity_registered_limits_resource
    ON identity_registered_limits (service_id, resource_name, COALESCE(region_id, ''));
CREATE INDEX identity_registered_limits_region ON identity_registered_limits (region_id);
CREATE INDEX identity_registered_limits_name ON identity_registered_limits (resource_name);

-- What one project or one domain has instead of the default.
CREATE TABLE identity_limits (
    id TEXT PRIMARY KEY,
    registered_limit_id TEXT NOT NULL REFERENCES identity_registered_limits (id) ON DELETE CASCADE,
    project_id TEXT REFERENCES identity_projects (id) ON DELETE CASCADE,
    domain_id TEXT REFERENCES identity_projects (id) ON DELETE CASCADE,
    resource_limit BIGINT NOT NULL,
    description TEXT
);
CREATE UNIQUE INDEX identity_limits_owner ON identity_limits (registered_limit_id, COALESCE(project_id, domain_id));
CREATE INDEX identity_limits_project ON identity_limits (project_id, id);
CREATE INDEX identity_limits_domain ON identity_limits (domain_id, id);

CREATE VIEW identity_limits_named AS
SELECT l.id, l.registered_limit_id, l.project_id, l.domain_id, l.resource_limit, l.description,
    r.service_id, r.region_id, r.resource_name
FROM identity_limits AS l JOIN identity_registered_limits AS r ON r.id = l.registered_limit_id;

-- value is JSON; that of a sensitive option is encrypted with the key in keys/, and never shown.
CREATE TABLE identity_domain_options (
    domain_id TEXT NOT NULL REFERENCES identity_projects (id) ON DELETE CASCADE,
    section TEXT NOT NULL,
    name TEXT NOT NULL,
    sensitive INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (domain_id, section, name)
);
