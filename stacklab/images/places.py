"""How many imports run at the same time: few, so that slow downloads leave workers to servers.

One project never has the last place, or a stranger with two servers that drip would keep everybody else waiting.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Places:
    """`most` of all projects; thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()

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
