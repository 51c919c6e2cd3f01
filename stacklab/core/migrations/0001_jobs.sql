-- A job is a change to the machine that was asked for and not yet seen done.
CREATE TABLE jobs (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    run_after BIGINT NOT NULL,
    error TEXT
);
CREATE INDEX jobs_due ON jobs (state, run_after, id);
CREATE INDEX jobs_subject ON jobs (subject, id);

-- Small facts the process keeps about itself: key → value (the first start's answers, the last audit).
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL);
