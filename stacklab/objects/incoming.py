"""A file on its way into the store: written aside, hashed as it grows, named when it is on the disk."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress

from msgspec import Struct

from stacklab.core import ids, reserve
from stacklab.core.growing import Growing
from stacklab.core.reserve import Require
from stacklab.http.body import Chunk

LARGE = 4 << 20
"""Bytes of an object that is not put in the page cache by its upload; Swift does the same from 5 MiB on."""


class Stored(Struct, frozen=True):
    """A finished file: its name in the store, its size, the MD5 of its bytes in hex."""

    file: str
    size: int
    etag: str


class Incoming:
    """`shard`: the folder it will go to, any where none is given. `size`: as far as it is known beforehand. `require`
    is asked now and then whether a long file may go on.

    Paths are texts: a Path costs as much as an open.
    """

    __slots__ = ("_grown", "_large", "_md5", "_require", "name", "path")

    def __init__(self, folder: str, shard: str = "", size: int = 0, require: Require = reserve.nothing) -> None:
        self._require = require
        self.name = (shard + ids.new_hex())[:32]
        self.path = f"{folder}/{self.name}"
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._large = size >= LARGE
        self._grown: Growing | None = None

    def write(self, chunks: Sequence[Chunk]) -> None:
        file = self._file
        for chunk in chunks:
            self._md5.update(chunk)
            file.write(chunk)

    @property
    def _file(self) -> Growing:
        """Made with the first write: the event loop makes none."""
        if self._grown is None:
            self._grown = Growing(self.path, self._large, self._require)
        return self._grown

    @property
    def file(self) -> int:
        return self._file.file

    def finish(self) -> Stored:
        self._file.sync()
        return self.close()

    def close(self) -> Stored:
        """After a sync: nothing of it waits in memory any more."""
        self._file.close()
        return Stored(self.name, self._file.size, self._md5.hexdigest())

    def discard(self) -> None:
        if self._grown:
            self._grown.close()
        with suppress(FileNotFoundError):
            os.unlink(self.path)
