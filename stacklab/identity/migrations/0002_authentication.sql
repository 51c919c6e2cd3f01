-- What an application credential may be used for: a service type, a method and a pattern of paths. No rules: anything.
CREATE TABLE identity_access_rules (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES identity_users (id) ON DELETE CASCADE,
    service TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL
);
CREATE UNIQUE INDEX identity_access_rules_once ON identity_access_rules (user_id, service, method, path);

CREATE TABLE identity_credential_rules (
    credential_id TEXT NOT NULL REFERENCES identity_application_credentials (id) ON DELETE CASCADE,
    rule_id TEXT NOT NULL REFERENCES identity_access_rules (id),
    PRIMARY KEY (credential_id, rule_id)
);
CREATE INDEX identity_credential_rules_rule ON identity_credential_rules (rule_id);

-- The last time step whose code was taken: that code and those before it are not taken again (RFC 6238, 5.2).
CREATE TABLE identity_totp_used (
    credential_id TEXT PRIMARY KEY REFERENCES identity_credentials (id) ON DELETE CASCADE,
    step BIGINT NOT NULL
);
