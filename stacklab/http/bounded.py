"""Threads with a queue that has an end: a flood of slow calls is told to come back instead of being kept waiting."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from math import ceil
from time import perf_counter
from typing import ParamSpec, TypeVar

from stacklab.core.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")


class Bounded(ThreadPoolExecutor):
    """`threads` run, at most `waiting` more wait; the next one is refused before it costs anything."""

    def __init__(self, threads: int, waiting: int, name: str) -> None:
        super().__init__(threads, thread_name_prefix=name)
        self._width, self._most = threads, threads + waiting
        self._lock = threading.Lock()
        self._inside = 0
        self._last = 0.1  # seconds the latest call took

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Raises Unavailable, with the seconds to wait, when the queue is full."""
        with self._lock:
            if self._inside >= self._most:
                seconds = max(1, ceil(self._inside * self._last / self._width))
                raise Unavailable(
                    f"Too many log-ins at once; try again in {seconds} seconds.", headers={"retry-after": str(seconds)}
                )
            self._inside += 1
        try:
            future = super().submit(self._timed, partial(fn, *args, **kwargs))
        except BaseException:
            self._leave()
            raise
        future.add_done_callback(lambda _done: self._leave())
        return future

    def _timed(self, call: Callable[[], T]) -> T:
        started = perf_counter()
        try:
            return call()
        finally:
            self._last = perf_counter() - started

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1
