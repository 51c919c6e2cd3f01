"""What one call does to many objects, side by side, so that they share the disk's syncs. What came of each is told in
the order in which they were begun.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from stacklab.core.errors import Failure

MOST = 16
"""Of small files that is a group. With more the disk would be used better by a fifth, and who puts a single object
meanwhile would wait for two groups."""
MOST_BYTES = 2 << 20

Tell = Callable[[Failure | None], None]
"""Is told what was refused, None where nothing was; what it raises ends the call."""


class _One(NamedTuple):
    path: str
    size: int
    tell: Tell
    done: asyncio.Future[None]


class Underway:
    """Its `settle` is called in the end, whatever happened."""

    def __init__(self) -> None:
        self._waiting: deque[_One] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    async def begin(self, path: str, size: int, work: Coroutine[Any, Any, None], tell: Tell) -> None:
        """`size`: the bytes it holds. What is under way for the same path is over first: the later one has the last
        word. Raises what `settle` raises."""
        try:
            again = any(one.path == path for one in self._waiting)
            await self.settle(0 if again else MOST - 1, MOST_BYTES - size)
        except BaseException:
            work.close()
            raise
        self._add(path, size, tell, asyncio.ensure_future(work))

    def refuse(self, path: str, failure: Failure, tell: Tell) -> None:
        """It is not begun."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_exception(failure)
        self._add(path, 0, tell, done)

    def _add(self, path: str, size: int, tell: Tell, done: asyncio.Future[None]) -> None:
        self._waiting.append(_One(path, size, tell, done))
        self._bytes += size

    async def settle(self, most: int = 0, most_bytes: int = MOST_BYTES) -> None:
        """Until no more than so many are under way. Of what is no Failure of one of them, and of what the tellers
        raise, the first is raised in the end."""
        first: Exception | None = None
        while len(self._waiting) > most or (self._waiting and self._bytes > most_bytes):
            if not self._waiting[0].done.done():
                await asyncio.wait([self._waiting[0].done])  # which stays under way where this is cancelled
            one = self._waiting.popleft()
            self._bytes -= one.size
            try:
                one.tell(_failure(one.done))
            except Exception as error:
                first = first or error
        if first:
            raise first


def _failure(done: asyncio.Future[None]) -> Failure | None:
    """Raises what is none."""
    try:
        done.result()
    except Failure as failure:
        return failure
    return None
