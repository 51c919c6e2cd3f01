"""The threads in which bodies are worked on, and how two sinks share the blocks of one."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from os import cpu_count
from typing import NamedTuple, TypeVar

from stacklab.core import aside
from stacklab.http.body import Chunk

_WORKERS = (cpu_count() or 1) + 4
_threads = aside.pool(_WORKERS, "intake")
_turns = 0

T = TypeVar("T")
Sink = Callable[[Sequence[Chunk]], None]
"""Takes the chunks of one block, in a thread, one call after the other; they are not its own when it returns."""
Gate = Callable[[Chunk], None]
"""Sees every chunk before a sink does, on the event loop or in a thread; raises what the stream is refused with."""


class Work(NamedTuple):
    sink: Sink
    gate: Gate
    beside: Sink | None


class Pair:
    """The sinks at work side by side, the second of them a block behind at most. In a thread."""

    __slots__ = ("_behind", "_beside", "_block", "_sink")

    def __init__(self, work: Work) -> None:
        self._sink, self._beside = work.sink, work.beside
        self._behind: Future[None] | None = None
        self._block: Sequence[Chunk] = ()

    def __enter__(self) -> "Pair":
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        with suppress(*[BaseException] if failed else []):
            self._join()

    def put(self, block: Sequence[Chunk]) -> None:
        """What the block before was in may be written to again, what this one is in not yet."""
        if self._beside:
            self._join()
            self._block, self._behind = block, _threads.submit(self._beside, block)
        self._sink(block)

    def _join(self) -> None:
        behind, self._behind = self._behind, None
        if behind is None:
            return
        if behind.cancel() and self._beside:  # no thread was free: to wait for one could be to wait for each other
            self._beside(self._block)
        else:
            behind.result()


def others_wait() -> bool:
    """A stream may take two threads."""
    return 2 * _turns > _WORKERS


async def run(call: Callable[..., T], *args: object) -> T:
    """In a thread, which has let go of everything when this returns or raises."""
    with _taking_turns():
        running = asyncio.get_running_loop().run_in_executor(_threads, call, *args)
        try:
            return await asyncio.shield(running)
        finally:
            if not running.done():
                await asyncio.wait([running])
                running.exception()


@contextmanager
def _taking_turns() -> Iterator[None]:
    global _turns
    _turns += 1
    try:
        yield
    finally:
        _turns -= 1
