-- When a password was chosen and by whom, how long it is good for, and how often somebody was wrong since.
ALTER TABLE identity_users ADD COLUMN created_at BIGINT;
ALTER TABLE identity_users ADD COLUMN active_at BIGINT;
ALTER TABLE identity_users ADD COLUMN password_created_at BIGINT;
ALTER TABLE identity_users ADD COLUMN password_expires_at BIGINT;
ALTER TABLE identity_users ADD COLUMN password_by_self INTEGER NOT NULL DEFAULT 0;
ALTER TABLE identity_users ADD COLUMN failed_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE identity_users ADD COLUMN failed_at BIGINT;
CREATE INDEX identity_users_listed ON identity_users (domain_id, id);
CREATE INDEX identity_users_expiring ON identity_users (password_expires_at, id);
CREATE INDEX identity_users_default_project ON identity_users (default_project_id);

-- Hashes of passwords a user had before the present one; as many as the next one must differ from.
CREATE TABLE identity_passwords (
    user_id TEXT NOT NULL REFERENCES identity_users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (user_id, created_at)
);
