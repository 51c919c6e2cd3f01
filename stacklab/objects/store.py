"""Bytes on disk: `<state>/objects/files/<first two letters>/<name>` for each version, `incoming/` while they arrive.

A file has its name, on the disk, before a row names it; a row is gone, on the disk, before its file is. So a crash
leaves files that no row names, which `sweep` removes, and never a row without its file.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from stacklab.core import disksync, full, ids, log, reserve
from stacklab.core.errors import TooLarge
from stacklab.core.reserve import Require
from stacklab.http import intake
from stacklab.http.body import Chunk
from stacklab.objects.gather import Gather
from stacklab.objects.incoming import Incoming, Stored
from stacklab.objects.small import Here, Small

_log = log.get(__name__)
SMALL = 128 << 10  # bytes of what is not worth a file's sync of its own
T = TypeVar("T")


class Store:
    """The one place that knows file names. Its threads do what may wait for the disk. What takes in bytes raises
    NoSpace where the disk has no room for them, or no more than `require` leaves to others."""

    def __init__(self, folder: Path, require: Require = reserve.nothing, threads: int = 16) -> None:
        self._require = require
        self._files, self._incoming = folder / "files", folder / "incoming"
        self._root, self._aside = str(self._files), str(self._incoming)
        for made in (folder, self._files, self._incoming):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(256):
            (self._files / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="objects")
        small = Small(self._root, self._aside, Here(self.run))
        self._small = Gather(small.write, lambda stored: self.remove([stored.file]))

    def close(self) -> None:
        self._threads.shutdown(wait=True)

    def path(self, file: str) -> Path:
        return Path(self.name(file))

    def name(self, file: str) -> str:
        """The path as text: to make a Path costs as much as to open it."""
        return f"{self._root}/{file[:2]}/{file}"

    async def run(self, call: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *args)

    def later(self, call: Callable[..., object], *args: object) -> None:
        """Run it in one of the threads; nobody waits, and what goes wrong is logged."""
        self._threads.submit(_logged, call, *args)

    async def receive(self, body: AsyncIterator[bytes], most: int) -> Stored:
        """Take in a stream; the bytes and their name are on the disk when this returns. Raises TooLarge past `most`.

        What is small is written together with other small ones.
        """
        with full.told():
            self._require()
            return await self._take_in(body, most)

    async def _take_in(self, body: AsyncIterator[bytes], most: int) -> Stored:
        held: list[bytes] = []
        if not intake.is_long(body):
            waiting = 0
            async for chunk in body:
                held.append(chunk)
                waiting += len(chunk)
                if waiting > most:
                    raise TooLarge("")
                if waiting >= SMALL:
                    break
            else:
                return await self._small.add(held)
        return await self._receive(held, body, most)

    async def _receive(self, held: list[bytes], body: AsyncIterator[bytes], most: int) -> Stored:
        incoming = Incoming(self._aside, size=intake.announced(body), require=self._require)
        try:
            await intake.pour(body, incoming.write, intake.limit(most, TooLarge("")), held)
        except BaseException:
            await self.run(incoming.discard)
            raise
        return await self.run(self._finish, incoming, [])

    def _finish(self, incoming: Incoming, held: Sequence[Chunk]) -> Stored:
        try:
            incoming.write(held)
            stored = incoming.finish()
            self._place(incoming.path, stored.file)
        except BaseException:
            incoming.discard()
            raise
        return stored

    def keep(self, data: bytes) -> Stored:
        """Store bytes that are at hand. In a thread."""
        with full.told():
            self._require()
            return self._finish(Incoming(self._aside), [data])

    def link(self, file: str) -> str:
        """A second name for the same bytes, which never change; a new version has a file of its own. In a thread.

        Raises FileNotFoundError.
        """
        name = ids.new_hex()
        with full.told():
            self._require()
            os.link(self.path(file), self.path(name))
            disksync.names(self.path(name).parent)
        return name

    def _place(self, incoming: str, file: str) -> None:
        target = self.path(file)
        os.rename(incoming, target)
        disksync.names(target.parent)

    def remove(self, files: Iterable[str]) -> None:
        """Files whose rows are gone, on the disk. Returns at once; what a crash leaves is swept."""
        for file in files:
            if file:
                self._threads.submit(self._unlink, file)

    def _unlink(self, file: str) -> None:
        try:
            self.path(file).unlink(missing_ok=True)
        except OSError:
            _log.exception("a file could not be removed", file=file)

    def quarantine(self, file: str) -> None:
        """Take a file out of the way, but keep it. In a thread."""
        folder = self._files.parent / "quarantine"
        folder.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):  # its object was deleted while it was read
            os.rename(self.path(file), folder / file)

    def left_incoming(self) -> None:
        """At start: what was arriving when the last process ended."""
        for path in self._incoming.iterdir():
            path.unlink(missing_ok=True)

    def shard(self, number: int) -> dict[str, float]:
        """The files of one of the 256 folders, and when each was named."""
        found = {}
        with os.scandir(self._files / f"{number:02x}") as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # removed since the folder was read
                    found[entry.name] = entry.stat().st_ctime
        return found


def _logged(call: Callable[..., object], *args: object) -> None:
    try:
        call(*args)
    except Exception:
        _log.exception("work behind the store failed")
