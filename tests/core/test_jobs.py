"""Jobs are durable, in order per subject, retried with backoff, and given up in words."""

import threading
from collections.abc import Callable

import pytest

from stacklab.core.db.database import change, rows, transaction
from stacklab.core.errors import NoSpace
from stacklab.core.jobs import Job, Kind, Workers, enqueue, pending
from stacklab.core.jobs import queue as jobs_queue

pytestmark = pytest.mark.usefixtures("database")


class Ran:
    """Collects what ran; `wait(n)` waits for n of them."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self._changed = threading.Condition()

    def add(self, job: Job) -> None:
        with self._changed:
            self.jobs.append(job)
            self._changed.notify_all()

    def wait(self, count: int) -> list[Job]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.jobs) >= count, timeout=10)
            return list(self.jobs)


def never(job: Job, error: BaseException) -> None:
    raise AssertionError(f"{job.kind} gave up: {error!r}")


def drained(workers: Workers) -> None:
    workers.stop()
    assert pending() == 0


def run_all(kinds: dict[str, Kind], ready: Callable[[], object]) -> None:
    workers = Workers(kinds, 4)
    workers.start()
    ready()
    drained(workers)


def test_one_subject_runs_in_order_and_never_twice_at_once() -> None:
    ran, busy = Ran(), threading.Lock()

    def run(job: Job) -> None:
        assert busy.acquire(blocking=False)
        ran.add(job)
        busy.release()

    for number in range(20):
        enqueue("step", "server-1", {"n": number})
    run_all({"step": Kind(run, never)}, lambda: ran.wait(20))
    assert [job.payload["n"] for job in ran.jobs] == list(range(20))


def test_a_job_of_a_rolled_back_transaction_never_was() -> None:
    with pytest.raises(RuntimeError), transaction():
        enqueue("step", "server-1")
        raise RuntimeError
    assert pending() == 0


def test_a_failing_job_is_tried_again_and_later_ones_wait() -> None:
    ran = Ran()

    def run(job: Job) -> None:
        if job.payload["n"] == 0 and job.attempts < 3:
            raise OSError("not yet")
        ran.add(job)

    enqueue("step", "server-1", {"n": 0})
    enqueue("step", "server-1", {"n": 1})
    run_all({"step": Kind(run, never, attempts=3, backoff=0.01)}, lambda: ran.wait(2))
    assert [job.payload["n"] for job in ran.jobs] == [0, 1]
    assert ran.jobs[0].attempts == 3


def test_the_last_failure_has_the_last_word() -> None:
    gave_up = Ran()

    def run(job: Job) -> None:
        raise ValueError("no such image")

    enqueue("step", "server-1")
    kind = Kind(run, lambda job, error: gave_up.add(job), attempts=5, backoff=0.01, final=(ValueError,))
    run_all({"step": kind}, lambda: gave_up.wait(1))
    assert gave_up.jobs[0].attempts == 1


def test_what_a_crash_left_running_is_resumed() -> None:
    ran = Ran()
    enqueue("step", "server-1")
    assert jobs_queue.take() is not None
    assert jobs_queue.take() is None
    run_all({"step": Kind(ran.add, never)}, lambda: ran.wait(1))
    assert ran.jobs[0].attempts == 2


def test_a_delayed_job_waits() -> None:
    ran = Ran()
    enqueue("step", "later", delay=0.05)
    assert jobs_queue.take() is None
    run_all({"step": Kind(ran.add, never)}, lambda: ran.wait(1))


def test_taking_from_a_long_queue_uses_its_indexes() -> None:
    with transaction():
        for number in range(300):
            enqueue("step", f"server-{number}")
    change("ANALYZE")
    plan = rows("EXPLAIN QUERY PLAN " + jobs_queue._TAKE, (0,))
    assert not any("SCAN" in line[3] and "INDEX" not in line[3] for line in plan), plan


@pytest.mark.parametrize("word", ["done", "put_back", "next_due"])
def test_a_database_that_cannot_be_written_for_a_while_ends_no_worker(
    monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    """Nor is what was done done again."""
    ran, real, full = Ran(), getattr(jobs_queue, word), threading.Event()

    def failing(*about: object) -> object:
        if full.is_set():
            return real(*about)
        full.set()
        raise NoSpace("full")

    def run(job: Job) -> None:
        ran.add(job)
        if word == "put_back" and (job.subject, job.attempts) == ("server-1", 1):
            raise OSError("not yet")

    def refuse(job: Job, error: BaseException) -> None:
        raise NoSpace("full")

    monkeypatch.setattr(jobs_queue, word, failing)
    workers = Workers({"step": Kind(run, refuse, backoff=0.01)}, 1)
    workers.start()
    if word == "next_due":
        assert full.wait(10)
    enqueue("step", "server-1")
    enqueue("step", "server-2")
    ran.wait(3 if word == "put_back" else 2)
    drained(workers)
    assert len(ran.jobs) == (3 if word == "put_back" else 2)
