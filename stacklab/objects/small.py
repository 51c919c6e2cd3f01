"""Small files, several at a time: written aside, synced together, named, and the folder of their names synced.

Into the page cache a few of them take less than the hops to a thread would, so that is done on the event loop, as rows
are written. A disk that makes the loop wait is left to threads for a while.
"""

import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from stacklab.core import disksync, ids
from stacklab.objects.gather import Chunks
from stacklab.objects.incoming import Incoming, Stored

T = TypeVar("T")
TINY = 128 << 10
"""Bytes that are hashed and written to the page cache in a quarter of a millisecond."""
_LONG, _WHILE = 0.003, 10.0  # seconds; one call that is longer is no habit yet
_NEWEST = 0.1  # how much the last call counts


class Here:
    """Whether to call here, on the event loop, or by `elsewhere`, in a thread."""

    def __init__(self, elsewhere: Callable[..., Awaitable[Any]], clock: Callable[[], float] = time.monotonic) -> None:
        self._elsewhere, self._clock = elsewhere, clock
        self._not_before = self._usual = 0.0

    async def run(self, size: int, call: Callable[..., T], *args: object) -> T:
        """`size`: the bytes it is about."""
        begun = self._clock()
        if size > TINY or begun < self._not_before:
            return await self._elsewhere(call, *args)  # type: ignore[no-any-return]
        try:
            return call(*args)
        finally:
            self._note(begun, self._clock())

    def _note(self, begun: float, ended: float) -> None:
        self._usual += _NEWEST * (ended - begun - self._usual)
        if self._usual > _LONG:
            self._not_before, self._usual = ended + _WHILE, 0.0


class Small:
    """Below `files` there is a folder for each two hex digits; `aside` is of the same file system."""

    def __init__(self, files: str, aside: str, here: Here) -> None:
        self._files, self._aside, self._here = files, aside, here

    async def write(self, contents: list[Chunks]) -> list[Stored]:
        """Into one folder, all or none."""
        shard = ids.new_hex()[:2]
        made = [Incoming(self._aside, shard) for _ in contents]
        size = sum(len(chunk) for chunks in contents for chunk in chunks)
        try:
            await self._here.run(size, _write, made, contents)
            await disksync.sync(*(incoming.file for incoming in made))
            stored = await self._here.run(size, self._name, made, shard)
            await self._sync(shard)
        except BaseException:
            self._discard(made, shard)
            raise
        return stored

    def _name(self, made: list[Incoming], shard: str) -> list[Stored]:
        stored = [incoming.close() for incoming in made]
        for incoming in made:
            os.rename(incoming.path, f"{self._files}/{shard}/{incoming.name}")
        return stored

    async def _sync(self, shard: str) -> None:
        folder = os.open(f"{self._files}/{shard}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            await disksync.sync(folder)
        finally:
            os.close(folder)

    def _discard(self, made: list[Incoming], shard: str) -> None:
        for incoming in made:
            incoming.discard()
            with suppress(FileNotFoundError):
                os.unlink(f"{self._files}/{shard}/{incoming.name}")


def _write(made: list[Incoming], contents: list[Chunks]) -> None:
    for incoming, chunks in zip(made, contents, strict=True):
        incoming.write(chunks)
