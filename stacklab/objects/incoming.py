"""A file on its way into the store: written aside, hashed as it grows, named when it is on the disk."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress

from msgspec import Struct

from stacklab.core import ids, pagecache
from stacklab.http.body import Chunk


class Stored(Struct, frozen=True):
    """A finished file: its name in the store, its size, the MD5 of its bytes in hex."""

    file: str
    size: int
    etag: str


class Incoming:
    """`shard`: the folder it will go to, any where none is given. Paths are texts: a Path costs as much as an open."""

    __slots__ = ("_begun", "_md5", "_size", "file", "name", "path")

    def __init__(self, folder: str, shard: str = "") -> None:
        self.name = (shard + ids.new_hex())[:32]
        self.path = f"{folder}/{self.name}"
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._size = self._begun = 0
        self.file = -1

    def write(self, chunks: Sequence[Chunk]) -> None:
        if self.file < 0:
            self.file = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        for chunk in chunks:
            self._md5.update(chunk)
            self._size += len(chunk)
            pagecache.write(self.file, chunk)
        self._begun = pagecache.write_back(self.file, self._begun, self._size)

    def finish(self) -> Stored:
        os.fsync(self.file)
        return self.close()

    def close(self) -> Stored:
        """After a sync: nothing of it waits in memory any more."""
        os.close(self.file)
        self.file = -1
        return Stored(self.name, self._size, self._md5.hexdigest())

    def discard(self) -> None:
        if self.file >= 0:
            os.close(self.file)
            self.file = -1
        with suppress(FileNotFoundError):
            os.unlink(self.path)
