"""Threads that run the jobs: retries with backoff, a last word when a job gives up, a clean stop."""

import threading
from collections.abc import Callable

from msgspec import Struct

from stacklab.core import clock, log
from stacklab.core.db.database import proxy
from stacklab.core.jobs import queue
from stacklab.core.jobs.queue import Job

_log = log.get(__name__)
Handler = Callable[[Job], None]
_LONGEST_WAIT = 30.0  # seconds; the clock may be set back while a worker waits
GiveUp = Callable[[Job, BaseException], None]


class Kind(Struct, frozen=True):
    """How one kind of job is run.

    `run` looks, then acts. When it has raised `attempts` times, `give_up` makes the failure visible (the resource goes
    to ERROR with a fault) and the job ends. `final` errors give up at once: trying again cannot help.
    """

    run: Handler
    give_up: GiveUp
    attempts: int = 3
    backoff: float = 1.0  # seconds before the second attempt, doubled each time, 60 at most
    final: tuple[type[BaseException], ...] = ()


class Workers:
    """`count` threads over one queue. `start()` first puts back what a crash left running."""

    def __init__(self, kinds: dict[str, Kind], count: int = 4) -> None:
        self._kinds = kinds
        self._count = count
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        if back := queue.recover():
            _log.info("jobs resumed", count=back)
        for number in range(self._count):
            thread = threading.Thread(target=self._work, name=f"worker-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout: float = 30) -> None:
        """Finish the jobs that run, take no more; what does not finish in time resumes at the next start."""
        self._stopping.set()
        with queue.wake:
            queue.wake.notify_all()
        for thread in self._threads:
            thread.join(timeout)

    def _work(self) -> None:
        while not self._stopping.is_set():
            seen = queue.changes()
            try:
                job = queue.take()
                if job is None:
                    self._wait(seen)
            except Exception:
                _log.exception("the job queue cannot be read")
                self._stopping.wait(1)
                continue
            if job is not None:
                self._run(job)
        if not proxy.is_closed():
            proxy.close()

    def _wait(self, seen: int) -> None:
        """Until the next job is due or something was queued since `seen`; an idle node asks nothing of its database."""
        due = queue.next_due()
        seconds = _LONGEST_WAIT if due is None else max((due - clock.now()) / clock.SECOND, 0.005)
        with queue.wake:
            if not self._stopping.is_set() and queue.changes() == seen:
                queue.wake.wait(min(seconds, _LONGEST_WAIT))

    def _run(self, job: Job) -> None:
        kind = self._kinds[job.kind]
        try:
            kind.run(job)
        except Exception as error:
            self._failed(job, kind, error)
        else:
            self._settle(queue.done, job)

    def _failed(self, job: Job, kind: Kind, error: Exception) -> None:
        last = job.attempts >= kind.attempts or isinstance(error, kind.final)
        _log.warning("job failed", job_kind=job.kind, subject=job.subject, attempt=job.attempts, error=repr(error))
        try:
            if last:
                kind.give_up(job, error)
        except Exception:
            _log.exception("a failed job could not be settled", job_kind=job.kind, subject=job.subject)
            self._settle(queue.put_back, job, 60, repr(error))
        else:
            wait = min(kind.backoff * 2 ** min(job.attempts - 1, 16), 60)
            self._settle(queue.done, job) if last else self._settle(queue.put_back, job, wait, repr(error))

    def _settle(self, say: Callable[..., None], *about: object) -> None:
        """Say it to the queue, however long that takes where the disk is full: a job of which nothing is said would
        wait for the next start."""
        while True:
            try:
                return say(*about)
            except Exception:
                _log.exception("the job queue cannot be written")
            if self._stopping.wait(1):
                return None
