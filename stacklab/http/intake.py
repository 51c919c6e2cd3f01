"""Bytes taken in as they come and worked on in threads meanwhile: two blocks of a stream are in memory at most.

A hop to a thread costs what hashing 40 KiB does, so blocks are long while few streams share the memory for them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager

BLOCK = 128 << 10
"""Bytes that are handed on at a time, at least."""

_LONGEST = 1 << 20
_ROOM = 8 << 20  # bytes of all streams that may wait, when that leaves each a BLOCK to fill and one to hand on
_streams = 0

Size = Callable[[], int]


@contextmanager
def sharing() -> Iterator[Size]:
    """For as long as one stream is taken in: how long its blocks may be now. Of the event loop alone."""
    global _streams
    _streams += 1
    try:
        yield _fair
    finally:
        _streams -= 1


def _fair() -> int:
    return min(max(_ROOM // (2 * _streams), BLOCK), _LONGEST)


Sink = Callable[[Sequence[bytes]], None]
"""Takes the chunks of one block, in a thread, one call after the other."""


async def pour(stream: AsyncIterator[bytes], *sinks: Sink) -> None:
    """Hand all of a stream to every sink, each in a thread of its own. No sink is running when this returns or raises.

    Raises what a sink or the stream raises.
    """
    with sharing() as block:
        await _pour(stream, sinks, block)


async def _pour(stream: AsyncIterator[bytes], sinks: Sequence[Sink], block: Size) -> None:
    working: asyncio.Task[None] | None = None
    held: list[bytes] = []
    waiting = 0
    try:
        async for chunk in stream:
            held.append(chunk)
            waiting += len(chunk)
            if waiting >= block():
                if working:
                    await asyncio.shield(working)
                working = asyncio.ensure_future(_work(sinks, held))
                held, waiting = [], 0
        if working:
            await asyncio.shield(working)
        if held:
            working = asyncio.ensure_future(_work(sinks, held))
            await asyncio.shield(working)
    finally:
        if working and not working.done():
            await asyncio.wait([working])  # the threads let go before what they write to is closed
            working.exception()


async def _work(sinks: Sequence[Sink], block: Sequence[bytes]) -> None:
    """Returns, or raises, when every sink has had the block."""
    done = await asyncio.gather(*(asyncio.to_thread(sink, block) for sink in sinks), return_exceptions=True)
    for raised in done:
        if isinstance(raised, BaseException):
            raise raised
