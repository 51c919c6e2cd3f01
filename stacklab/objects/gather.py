"""Small files that arrive together are written together: they share the syncs of the disk.

Whoever comes while the lanes are busy waits for the next to be free, and shares it with all who came meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

_LANES = 2  # one is prepared while the other is on its way to the disk
_MOST = 16  # files of one lane, so that the last one's wait stays short
Chunks = list[bytes]
Made = TypeVar("Made")


class Gather(Generic[Made]):
    """`write` makes files of several contents, all or none; `drop` takes one away again."""

    def __init__(self, write: Callable[[list[Chunks]], Awaitable[list[Made]]], drop: Callable[[Made], None]) -> None:
        self._write, self._drop = write, drop
        self._waiting: list[tuple[Chunks, asyncio.Future[Made]]] = []
        self._lanes: set[asyncio.Task[None]] = set()

    async def add(self, chunks: Chunks) -> Made:
        """The file and its name are on the disk when this returns. Raises OSError."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Made] = loop.create_future()
        self._waiting.append((chunks, done))
        # One that has come to its end takes nobody in any more, though it is told only in the loop's next turn.
        if sum(not lane.done() for lane in self._lanes) < _LANES:
            lane = loop.create_task(self._run())
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)
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
                if error and not done.done():
                    done.set_exception(error)
                elif not error and done.done():  # whoever waited was cancelled
                    self._drop(made[number])
                elif not error:
                    done.set_result(made[number])
