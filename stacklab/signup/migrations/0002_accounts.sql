-- Proofs of work that were handed in, until they expire: each is good once.
CREATE TABLE signup_spent (
    id TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX signup_spent_until ON signup_spent (expires_at);

-- What an address asked for and a mailed link will grant: kind is 'verify' or 'reset'. A row says nothing about whether
-- the address has an account; nothing of a password is kept.
CREATE TABLE signup_links (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    email TEXT NOT NULL,
    language TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX signup_links_of ON signup_links (email, kind, expires_at);
CREATE INDEX signup_links_until ON signup_links (expires_at);

-- SHA-256 of the secret in each mail that was sent for a link: a mail that was sent twice is good either way.
CREATE TABLE signup_tokens (
    hash TEXT PRIMARY KEY,
    link_id TEXT NOT NULL REFERENCES signup_links (id) ON DELETE CASCADE
);
CREATE INDEX signup_tokens_of ON signup_tokens (link_id);

CREATE TABLE signup_suspensions (
    user_id TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    by_user TEXT NOT NULL
);

-- Second factors. The secret is encrypted with identity's vault; credential_id is NULL until a code has confirmed it.
CREATE TABLE signup_totp (
    user_id TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    credential_id TEXT
);
-- SHA-256 of what lets somebody in who lost their device; a row goes when it is used.
CREATE TABLE signup_recovery (
    user_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (user_id, hash)
);

-- One row a living server. Times in µs: begun_at is where its age counts from, busy_at when it was last seen working.
-- stage: 'running', 'announced' or 'stopped', since staged_at, for the reason 'idle' or 'age'.
CREATE TABLE signup_leases (
    server_id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    busy_at BIGINT NOT NULL,
    extended_at BIGINT,
    stage TEXT NOT NULL,
    reason TEXT,
    staged_at BIGINT
);
CREATE INDEX signup_leases_of ON signup_leases (project_id);
