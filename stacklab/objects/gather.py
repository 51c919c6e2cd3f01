"""Small files that arrive together are written together: they share the syncs of the disk.

Whoever comes while some are on their way waits, and goes next, with all who came meanwhile: the more there are, the
less each costs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from stacklab.core.settle import settle

_MOST = 16  # files at a time, so that the last one's wait stays short
Chunks = list[bytes]
Made = TypeVar("Made")


class Gather(Generic[Made]):
    """`write` makes files of several contents, all or none; `drop` takes one away again."""

    def __init__(self, write: Callable[[list[Chunks]], Awaitable[list[Made]]], drop: Callable[[Made], None]) -> None:
        self._write, self._drop = write, drop
        self._waiting: list[tuple[Chunks, asyncio.Future[Made]]] = []
        self._running: asyncio.Task[None] | None = None

    async def add(self, chunks: Chunks) -> Made:
        """The file and its name are on the disk when this returns. Raises OSError."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Made] = loop.create_future()
        self._waiting.append((chunks, done))
        if self._running is None or self._running.done() or self._running.get_loop() is not loop:
            self._running = loop.create_task(self._run())
        return await done

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            made: list[Made] = []
            error: Exception | None = None
            try:
                made = await self._write([chunks for chunks, _done in batch])
            except Exception as failed:
                error = failed
            for number, (_chunks, done) in enumerate(batch):
                if made and done.done():  # whoever waited was cancelled
                    self._drop(made[number])
                settle(done, made[number] if made else None, error)
