-- The few assignments that are inherited, in a list's order; and projects by a name whose domain is not said.
CREATE INDEX identity_assignments_inherited ON identity_assignments (actor_id, target_id, role_id) WHERE inherited = 1;
CREATE INDEX identity_projects_named ON identity_projects (name);
