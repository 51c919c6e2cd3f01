"""Wakes the requests that wait for something new, from whatever thread it happens in."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Bell:
    """`with listening()` first, then look, then `wait`: what happens in between is not missed."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._lock = threading.Lock()
        self.closed = False

    def ring(self) -> None:
        with self._lock:
            waiting = list(self._waiting.items())
        for event, loop in waiting:
            loop.call_soon_threadsafe(event.set)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that the next ring sets."""
        event = asyncio.Event()
        with self._lock:
            self._waiting[event] = asyncio.get_running_loop()
        try:
            yield event
        finally:
            with self._lock:
                del self._waiting[event]

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Until it rings or the time is over."""
        with suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)

    def close(self) -> None:
        """Nobody waits any more: the node stops."""
        self.closed = True
        self.ring()
