-- One row for each sign-up somebody tried, kept for an hour: the limit survives a restart.
CREATE TABLE signup_attempts (
    id TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX signup_attempts_address ON signup_attempts (address, at);
CREATE INDEX signup_attempts_at ON signup_attempts (at);
