-- An assignment may be inherited: it then counts on every project below its target, and not on the target itself.
DROP INDEX identity_assignments_target;
DROP INDEX identity_assignments_role;
ALTER TABLE identity_assignments RENAME TO identity_assignments_before;
CREATE TABLE identity_assignments (
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    role_id TEXT NOT NULL REFERENCES identity_roles (id) ON DELETE CASCADE,
    inherited INTEGER NOT NULL,
    PRIMARY KEY (actor_id, target_id, role_id, inherited, target_kind)
);
INSERT INTO identity_assignments (actor_kind, actor_id, target_kind, target_id, role_id, inherited)
SELECT actor_kind, actor_id, target_kind, target_id, role_id, 0 FROM identity_assignments_before;
DROP TABLE identity_assignments_before;
CREATE INDEX identity_assignments_target ON identity_assignments (target_id, inherited);
CREATE INDEX identity_assignments_role ON identity_assignments (role_id);

-- What implies a role: deleting one, and asking for who effectively has it, look this way.
CREATE INDEX identity_implied_roles_implied ON identity_implied_roles (implied_id);
-- Lists of a domain's projects, groups and roles, in their order.
CREATE INDEX identity_projects_of_domain ON identity_projects (domain_id, id);
CREATE INDEX identity_groups_of_domain ON identity_groups (domain_id, id);
CREATE INDEX identity_roles_of_domain ON identity_roles (domain_id, id);
