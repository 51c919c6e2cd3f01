"""The jobs table: put in, take out, done, put back. Constant SQL, one row at a time."""

import threading
from typing import Any

import msgspec
from msgspec import Struct

from stacklab.core import clock
from stacklab.core.db.database import after_commit, change, row, rows, transaction

wake = threading.Condition()
_changes = 0

_TAKE = """
UPDATE jobs SET state = 'running', attempts = attempts + 1 WHERE id = (
  SELECT id FROM jobs AS j WHERE state = 'queued' AND run_after <= ?
  AND NOT EXISTS (SELECT 1 FROM jobs AS o WHERE o.subject = j.subject AND o.id < j.id)
  ORDER BY run_after, id LIMIT 1)
RETURNING id, kind, subject, payload, attempts
"""


class Job(Struct, frozen=True):
    """One asked-for change. `attempts` counts this run; `payload` is what `enqueue` was given."""

    id: int
    kind: str
    subject: str
    payload: dict[str, Any]
    attempts: int


def enqueue(kind: str, subject: str, payload: dict[str, Any] | None = None, delay: float = 0) -> int:
    """Ask for a job in the surrounding transaction; workers wake when it commits. `delay` in seconds."""
    job_id = clock.unique()
    text = msgspec.json.encode(payload or {}).decode()
    with transaction():
        change(
            "INSERT INTO jobs (id, kind, subject, payload, state, attempts, run_after) "
            "VALUES (?, ?, ?, ?, 'queued', 0, ?)",
            (job_id, kind, subject, text, clock.now() + round(delay * clock.SECOND)),
        )
        after_commit(notify)
    return job_id


def notify() -> None:
    """Wake one worker."""
    global _changes
    with wake:
        _changes += 1
        wake.notify()


def changes() -> int:
    """A number that grows with each `notify`: who looked before it grew has not seen everything."""
    return _changes


def take() -> Job | None:
    """Claim the oldest due job whose subject has no older one."""
    with transaction():
        found = row(_TAKE, (clock.now(),))
    if found is None:
        return None
    return Job(found[0], found[1], found[2], msgspec.json.decode(found[3]), found[4])


def done(job: Job) -> None:
    with transaction():
        change("DELETE FROM jobs WHERE id = ?", (job.id,))
        after_commit(notify)


def put_back(job: Job, delay: float, error: str) -> None:
    """Run it again after `delay` seconds; later jobs of the subject wait for it."""
    with transaction():
        change(
            "UPDATE jobs SET state = 'queued', run_after = ?, error = ? WHERE id = ?",
            (clock.now() + round(delay * clock.SECOND), error, job.id),
        )
        after_commit(notify)


def recover() -> int:
    """At start: what was running when the process died goes back to the queue."""
    with transaction():
        return change("UPDATE jobs SET state = 'queued' WHERE state = 'running'")


def next_due() -> int | None:
    """When the next queued job is due (µs), None when the queue is empty."""
    found = row("SELECT min(run_after) FROM jobs WHERE state = 'queued'")
    return found[0] if found else None


def pending(subject: str | None = None) -> int:
    """How many jobs are not done, of one subject or of all."""
    if subject is None:
        return int(rows("SELECT count(*) FROM jobs")[0][0])
    return int(rows("SELECT count(*) FROM jobs WHERE subject = ?", (subject,))[0][0])
