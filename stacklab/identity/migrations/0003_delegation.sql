-- What a trustor lets a trustee do in their name. role_ids is a JSON list; a trust that was handed on names the one it
-- came from and ends with it. Two that say the same and end at the same moment are one too many (Keystone's rule).
CREATE TABLE identity_trusts (
    id TEXT PRIMARY KEY,
    trustor_user_id TEXT NOT NULL REFERENCES identity_users (id) ON DELETE CASCADE,
    trustee_user_id TEXT NOT NULL REFERENCES identity_users (id) ON DELETE CASCADE,
    project_id TEXT REFERENCES identity_projects (id) ON DELETE CASCADE,
    impersonation INTEGER NOT NULL,
    role_ids TEXT NOT NULL,
    expires_at BIGINT,
    remaining_uses INTEGER,
    redelegated_trust_id TEXT REFERENCES identity_trusts (id) ON DELETE CASCADE,
    redelegation_count INTEGER NOT NULL,
    extra TEXT NOT NULL
);
CREATE UNIQUE INDEX identity_trusts_same
    ON identity_trusts (trustor_user_id, trustee_user_id, project_id, impersonation, expires_at);
CREATE INDEX identity_trusts_trustor ON identity_trusts (trustor_user_id, id);
CREATE INDEX identity_trusts_trustee ON identity_trusts (trustee_user_id, id);
CREATE INDEX identity_trusts_project ON identity_trusts (project_id);
CREATE INDEX identity_trusts_source ON identity_trusts (redelegated_trust_id);

CREATE INDEX identity_credentials_type ON identity_credentials (type, id);
CREATE INDEX identity_credentials_mine ON identity_credentials (user_id, id);
CREATE INDEX identity_credentials_project ON identity_credentials (project_id);

-- OAuth 1.0a (RFC 5849). Every secret is encrypted with the key in keys/: HMAC needs it readable.
CREATE TABLE identity_consumers (
    id TEXT PRIMARY KEY,
    description TEXT,
    secret TEXT NOT NULL,
    extra TEXT NOT NULL
);

-- Of the temporary credentials, verifier, user_id and role_ids are null until a user authorizes them.
CREATE TABLE identity_request_tokens (
    id TEXT PRIMARY KEY,
    consumer_id TEXT NOT NULL REFERENCES identity_consumers (id) ON DELETE CASCADE,
    secret TEXT NOT NULL,
    project_id TEXT NOT NULL REFERENCES identity_projects (id) ON DELETE CASCADE,
    verifier TEXT,
    user_id TEXT REFERENCES identity_users (id) ON DELETE CASCADE,
    role_ids TEXT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX identity_request_tokens_consumer ON identity_request_tokens (consumer_id);
CREATE INDEX identity_request_tokens_project ON identity_request_tokens (project_id);
CREATE INDEX identity_request_tokens_user ON identity_request_tokens (user_id);
CREATE INDEX identity_request_tokens_expiry ON identity_request_tokens (expires_at);

CREATE TABLE identity_access_tokens (
    id TEXT PRIMARY KEY,
    consumer_id TEXT NOT NULL REFERENCES identity_consumers (id) ON DELETE CASCADE,
    secret TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES identity_users (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES identity_projects (id) ON DELETE CASCADE,
    role_ids TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX identity_access_tokens_consumer ON identity_access_tokens (consumer_id);
CREATE INDEX identity_access_tokens_project ON identity_access_tokens (project_id);
CREATE INDEX identity_access_tokens_user ON identity_access_tokens (user_id, id);

-- Signed requests that were let in: none is let in twice. A row may go when its timestamp alone would be refused.
CREATE TABLE identity_oauth_nonces (
    consumer_id TEXT NOT NULL REFERENCES identity_consumers (id) ON DELETE CASCADE,
    nonce TEXT NOT NULL,
    stamp TEXT NOT NULL,
    token TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (consumer_id, nonce, stamp, token)
);
CREATE INDEX identity_oauth_nonces_expiry ON identity_oauth_nonces (expires_at);
