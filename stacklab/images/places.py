"""How many imports run at the same time: few, so that slow downloads leave workers to servers.

One project never has the last place, or a stranger with two servers that drip would keep everybody else waiting.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stacklab.core.jobs import Job, enqueue
from stacklab.images import model

_WAIT = 1.0  # seconds


class Places:
    """`most` of all projects; thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()

    def run(self, job: Job, work: Callable[[], None]) -> None:
        """The work of a job about an image: now, or where its project finds no place, when the job comes again."""
        image = model.get(job.subject)
        with self.asked(image.owner if image else "") as free:
            if free:
                work()
            else:
                enqueue(job.kind, job.subject, job.payload, delay=_WAIT)

    @contextmanager
    def asked(self, project: str) -> Iterator[bool]:
        """Whether there is a place for this project; it is held inside the block."""
        with self._lock:
            free = self._running.total() < self._most and self._running[project] < max(self._most - 1, 1)
            self._running[project] += free
        try:
            yield free
        finally:
            with self._lock:
                self._running[project] -= free
                self._running += Counter()  # forgets who has none
