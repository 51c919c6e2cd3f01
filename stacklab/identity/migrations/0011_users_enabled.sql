-- The few that are disabled among many are found without reading all.
CREATE INDEX identity_users_enabled ON identity_users (enabled, id);
