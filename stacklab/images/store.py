"""Bytes on disk, by content, in one folder: `<store>/blobs/<sha512>` is the data, `<store>/incoming/` what is not yet
known. Which of them is needed, and by whom, `stores` knows.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from stacklab.core import disksync, ids, reserve
from stacklab.core.growing import Growing
from stacklab.core.reserve import Require
from stacklab.http.body import Chunk

HASH = "sha512"
BLOCK = 1 << 20  # bytes moved at a time


class Digest(Struct, frozen=True):
    """What Glance shows of the bytes: hex digests and the count."""

    md5: str
    sha512: str
    size: int


class Arrived(Protocol):
    """A whole file that is not in its place yet."""

    path: Path

    def finish(self) -> Digest:
        """All of it is on the disk when this returns; may be asked twice."""
        ...


class Incoming:
    """A file being written, hashed as it grows; in a name of its own until somebody takes it. `require` is asked now
    and then whether it may go on."""

    def __init__(self, path: Path, require: Require = reserve.nothing) -> None:
        self.path = path
        self.size = 0
        self._file = Growing(str(path), require=require)
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha512 = hashlib.sha512()

    def write(self, block: Chunk) -> None:
        self.sum([block])
        self.keep([block])

    def sum(self, block: Sequence[Chunk]) -> None:
        """One half of `write`; `keep` is the other, about as long, so that two threads can share the work."""
        for chunk in block:
            self._md5.update(chunk)
            self.size += len(chunk)

    def keep(self, block: Sequence[Chunk]) -> None:
        for chunk in block:
            self._sha512.update(chunk)
            self._file.write(chunk)

    def finish(self) -> Digest:
        """All of it is on the disk when this returns; may be asked twice."""
        if self._file.file >= 0:
            self._file.sync()
            self._file.close()
        return Digest(self._md5.hexdigest(), self._sha512.hexdigest(), self.size)

    def discard(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


class Made:
    """A whole file of our own making, with its holes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def finish(self) -> Digest:
        md5, sha512, size = hashlib.md5(usedforsecurity=False), hashlib.sha512(), 0
        with self.path.open("rb") as made:
            while block := made.read(BLOCK):
                md5.update(block)
                sha512.update(block)
                size += len(block)
            os.fsync(made.fileno())
        return Digest(md5.hexdigest(), sha512.hexdigest(), size)


class Store:
    """The one place that knows file names. What makes a file raises NoSpace where the disk has no more room than
    `reserved` bytes."""

    def __init__(self, folder: Path, reserved: int = 0) -> None:
        self._require = reserve.of(folder, reserved)
        self._blobs = folder / "blobs"
        self._incoming = folder / "incoming"
        self._staging = folder / "staging"
        for made in (self._blobs, self._incoming, self._staging):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, blob: str) -> Path:
        return self._blobs / blob

    @contextmanager
    def incoming(self) -> Iterator[Incoming]:
        """A new file; whatever is left of it when the block ends is removed."""
        incoming = self._new()
        try:
            yield incoming
        finally:
            incoming.discard()

    @asynccontextmanager
    async def arriving(self) -> AsyncIterator[Incoming]:
        """The same for the event loop. To remove a long file may take a second: in a thread, and nobody waits."""
        incoming = self._new()
        try:
            yield incoming
        finally:
            asyncio.get_running_loop().run_in_executor(None, incoming.discard)

    def _new(self) -> Incoming:
        self._require()
        return Incoming(self._incoming / ids.new_hex(), self._require)

    @contextmanager
    def spare(self) -> Iterator[Path]:
        """A name that nothing has; whatever has it when the block ends is removed."""
        self._require()
        path = self._incoming / ids.new_hex()
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def staged(self, image_id: str) -> Path:
        """Where the bytes of an image wait to be imported."""
        return self._staging / image_id

    def stage(self, incoming: Path, image_id: str) -> None:
        """Move finished bytes to where they wait. They are there when this returns, whatever happens next."""
        os.replace(incoming, self.staged(image_id))
        disksync.names(self._staging)

    def unstage(self, image_id: str) -> None:
        self.staged(image_id).unlink(missing_ok=True)

    def place(self, incoming: Path, blob: str) -> None:
        """Move finished bytes to where their content belongs. Hold the stores' lock until its row is committed.

        What is there already stays, and with it what else has the same file: bases of servers are links to it.
        """
        target = self.path(blob)
        if not target.exists() or target.stat().st_size != incoming.stat().st_size:
            os.replace(incoming, target)
            disksync.names(self._blobs)

    def has(self, blob: str) -> bool:
        return self.path(blob).exists()

    def remove(self, blob: str) -> None:
        self.path(blob).unlink(missing_ok=True)

    def blobs(self) -> set[str]:
        return {path.name for path in self._blobs.iterdir()}

    def sweep(self, waiting: Collection[str]) -> list[str]:
        """Remove half-written files, and staged bytes of images that do not wait for them. The names of what went."""
        left = [*self._incoming.iterdir(), *(path for path in self._staging.iterdir() if path.name not in waiting)]
        for path in left:
            path.unlink(missing_ok=True)
        return [path.name for path in left]
