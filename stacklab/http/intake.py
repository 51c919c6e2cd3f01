"""Bodies taken in: block by block into sinks, which work in threads. What is not worked on is not in memory.

    await intake.pour(stream, keep, gate, beside=digest)

Where the body comes past the parser (body.Inlet) a thread moves it from the socket into a buffer that stays in the
processor's cache and hands that to the sinks: for as long as there is something to move, so a client that stands still
has no thread and no buffer. All else comes by chunks, of which two blocks of a stream are in memory at most: a hop to
a thread costs what hashing 40 KiB does, so blocks are long while few streams share the memory for them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from mmap import mmap

from stacklab.http import sinks
from stacklab.http.body import Chunk, Inlet, Stream
from stacklab.http.sinks import Gate, Pair, Sink, Work

BLOCK = 128 << 10
"""Bytes of chunks that are handed on at a time, at least."""
BUFFER = 1 << 20
"""Bytes of what comes past the parser that are handed on at a time, at most."""

_LONGEST = 1 << 20
_ROOM = 8 << 20  # bytes of all streams that may wait, when that leaves each a BLOCK to fill and one to hand on
_TURN, _LONG_TURN = 4, 64  # buffers that one stream may have worked on while others wait for a thread, and else
_streams = 0
_spare: list[mmap] = []
_SPARE = 4

Size = Callable[[], int]


def is_long(stream: AsyncIterator[bytes]) -> bool:
    """Whether it is known beforehand that the rest of it is worth a passage of its own."""
    return isinstance(stream, Stream) and stream.inlet is not None


def announced(stream: AsyncIterator[bytes]) -> int:
    """The bytes of it as far as that is known beforehand, 0 where it is not."""
    return stream.length if isinstance(stream, Stream) else 0


def limit(most: int, refusal: Exception) -> Gate:
    """Raises the refusal past `most` bytes."""
    left = most

    def gate(chunk: Chunk) -> None:
        nonlocal left
        left -= len(chunk)
        if left < 0:
            raise refusal

    return gate


async def pour(
    stream: AsyncIterator[bytes], sink: Sink, gate: Gate, held: Sequence[bytes] = (), beside: Sink | None = None
) -> None:
    """Hand all of a stream to a sink, and to the one `beside` it at the same time. `held`: what came of it before,
    where it is not long.

    Neither sink is running when this returns or raises. Raises what they, the gate or the stream raise.
    """
    work = Work(sink, gate, beside)
    if isinstance(stream, Stream) and (inlet := stream.inlet):
        await _drain(stream, inlet, work)
    else:
        with sharing() as block:
            await _pour(stream, list(held), block, work)


async def _drain(body: Stream, inlet: Inlet, work: Work) -> None:
    def gate(chunk: Chunk) -> None:
        body.look(chunk)
        work.gate(chunk)

    watched = work._replace(gate=gate)
    try:
        held = body.opened(inlet)
        at, more = 0, True
        while held or inlet.left:
            if not more:
                await inlet.ready()
            at, more = await sinks.run(_turn, inlet, held, at, watched)
            held = b""
        body.end()
    finally:
        inlet.close()


def _turn(inlet: Inlet, held: bytes, at: int, work: Work) -> tuple[int, bool]:
    """In a thread: what is there now, or a turn of it, `at` bytes behind the beginning. How many bytes it is behind it
    afterwards, and whether there may be more at once.

    What lies how far behind a BUFFER of the body lies there in its buffer too, so that a file can be written past the
    page cache; and blocks end where those of a file do, as to write others costs the kernel half as much again.
    """
    with _buffers(2 if work.beside else 1) as buffers, Pair(work) as pair:
        if held:
            work.gate(held)
            pair.put([held])
            at += len(held)
        for number in range(_LONG_TURN):
            if number >= _TURN and sinks.others_wait():
                break
            block = buffers[number % len(buffers)][at % BUFFER :]
            size = inlet.fill(block)
            if size:
                work.gate(block[:size])
                pair.put([block[:size]])
                at += size
            if size < len(block):
                return at, False
    return at, True


@contextmanager
def _buffers(count: int) -> Iterator[list[memoryview]]:
    """The ones used last come first: they are in the processor's cache."""
    taken = [_buffer() for _ in range(count)]
    try:
        yield [memoryview(buffer) for buffer in taken]
    finally:
        _spare.extend(taken)
        del _spare[_SPARE:]


def _buffer() -> mmap:
    try:
        return _spare.pop()
    except IndexError:
        return mmap(-1, BUFFER)  # which begins at a page


@contextmanager
def sharing() -> Iterator[Size]:
    """For as long as one stream comes by chunks: how long its blocks may be now. Of the event loop alone."""
    global _streams
    _streams += 1
    try:
        yield _fair
    finally:
        _streams -= 1


def _fair() -> int:
    return min(max(_ROOM // (2 * _streams), BLOCK), _LONGEST)


async def _pour(stream: AsyncIterator[bytes], held: list[bytes], block: Size, work: Work) -> None:
    working: asyncio.Task[None] | None = None
    for chunk in held:
        work.gate(chunk)
    waiting = sum(map(len, held))
    try:
        async for chunk in stream:
            work.gate(chunk)
            held.append(chunk)
            waiting += len(chunk)
            if waiting >= block():
                if working:
                    await asyncio.shield(working)
                working = asyncio.ensure_future(sinks.run(_both, held, work))
                held, waiting = [], 0
        if working:
            await asyncio.shield(working)
        if held:
            await sinks.run(_both, held, work)
    finally:
        if working and not working.done():
            await asyncio.wait([working])
            working.exception()


def _both(block: Sequence[Chunk], work: Work) -> None:
    with Pair(work) as pair:
        pair.put(block)
