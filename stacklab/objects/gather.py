"""Small files that arrive together are written together: one thread, and one sync of one folder, for all of them.

Whoever comes while the lanes are busy waits for the next to be free, and shares it with all who came meanwhile.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

_LANES = 1
_MOST = 16  # files of one lane, so that the last one's wait stays short
Chunks = list[bytes]
Made = TypeVar("Made")


class Gather(Generic[Made]):
    """`write` makes files of several contents, all or none, in one of `threads`; `drop` takes one away again."""

    def __init__(
        self,
        threads: ThreadPoolExecutor,
        write: Callable[[list[Chunks]], list[Made]],
        drop: Callable[[Made], None],
    ) -> None:
        self._threads, self._write, self._drop = threads, write, drop
        self._waiting: list[tuple[Chunks, asyncio.Future[Made]]] = []
        self._busy = 0

    async def add(self, chunks: Chunks) -> Made:
        """The file and its name are on the disk when this returns. Raises OSError."""
        done: asyncio.Future[Made] = asyncio.get_running_loop().create_future()
        self._waiting.append((chunks, done))
        if self._busy < _LANES:
            self._begin()
        return await done

    def _begin(self) -> None:
        batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        self._busy += 1
        contents = [chunks for chunks, _done in batch]
        running = asyncio.get_running_loop().run_in_executor(self._threads, self._write, contents)
        running.add_done_callback(partial(self._end, [done for _chunks, done in batch]))

    def _end(self, batch: "list[asyncio.Future[Made]]", running: "asyncio.Future[list[Made]]") -> None:
        self._busy -= 1
        if self._waiting:
            self._begin()
        error = running.exception()
        for number, done in enumerate(batch):
            if error and not done.done():
                done.set_exception(error)
            elif not error and done.done():  # whoever waited was cancelled
                self._drop(running.result()[number])
            elif not error:
                done.set_result(running.result()[number])
