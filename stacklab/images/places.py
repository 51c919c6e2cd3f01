"""How many imports and copies run at once: few, so that slow downloads leave workers to servers."""

import threading
from collections.abc import Callable

from stacklab.core.jobs import Job, enqueue

_WAIT = 1.0  # seconds until one that found no place looks again


class Places:
    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)

    def taking(self, run: Callable[[Job], None]) -> Callable[[Job], None]:
        """The same, for one of the places; without one it is put back, and no worker waits."""

        def placed(job: Job) -> None:
            if not self._free.acquire(blocking=False):
                enqueue(job.kind, job.subject, job.payload, delay=_WAIT)
                return
            try:
                run(job)
            finally:
                self._free.release()

        return placed
