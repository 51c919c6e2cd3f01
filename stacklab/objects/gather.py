"""Small files that arrive together are written together: one thread, and one sync of one folder, for all of them.

Whoever comes while the lanes are busy waits for the next to be free, and shares it with all who came meanwhile.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from stacklab.objects.digests import Stored

_LANES = 3
_MOST = 16  # files of one lane, so that the last one's wait stays short
Chunks = list[bytes]


class _Waiting(NamedTuple):
    chunks: Chunks
    done: "asyncio.Future[Stored]"


class Gather:
    """`write` makes files of several contents, all or none, in one of `threads`; `drop` takes one away again."""

    def __init__(
        self,
        threads: ThreadPoolExecutor,
        write: Callable[[list[Chunks]], list[Stored]],
        drop: Callable[[Stored], None],
    ) -> None:
        self._threads, self._write, self._drop = threads, write, drop
        self._waiting: list[_Waiting] = []
        self._busy = 0

    async def add(self, chunks: Chunks) -> Stored:
        """The file and its name are on the disk when this returns. Raises OSError."""
        done: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(chunks, done))
        if self._busy < _LANES:
            self._begin()
        return await done

    def _begin(self) -> None:
        batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        self._busy += 1
        running = asyncio.get_running_loop().run_in_executor(self._threads, self._write, [one.chunks for one in batch])
        running.add_done_callback(partial(self._end, batch))

    def _end(self, batch: list[_Waiting], running: "asyncio.Future[list[Stored]]") -> None:
        self._busy -= 1
        if self._waiting:
            self._begin()
        error = running.exception()
        files = [] if error else running.result()
        for number, one in enumerate(batch):
            if error and not one.done.done():
                one.done.set_exception(error)
            elif not error and one.done.done():  # whoever waited was cancelled
                self._drop(files[number])
            elif not error:
                one.done.set_result(files[number])
