"""Large objects as content: the bytes of many files in a row, found by the manifest, weighed for the caller one
container at a time, and compared with what the manifest says of them."""

import os
from collections.abc import AsyncIterator, Iterable, Sequence

from stacklab.core import clock, log, pagecache
from stacklab.core.db.database import rows
from stacklab.core.errors import Conflict, Failure
from stacklab.http import files
from stacklab.http.files import Piece
from stacklab.http.request import Request
from stacklab.objects import access, assembly, holds, lifetime, links, model, segments
from stacklab.objects.access import Place
from stacklab.objects.model import Account, Container, Entry
from stacklab.objects.segments import Segment
from stacklab.objects.store import Store

_log = log.get(__name__)
SLO, DLO, SYMLINK = "slo", "dlo", "symlink"
ETAG, SIZE = "slo-etag", "slo-size"
"""Of what a static manifest makes; kept among its metadata and told in other headers."""
UPLOAD = "slo-s3-upload"
"""Of an object that S3 put together from parts, among its metadata: the upload they came by."""
PARTS = "+segments"
"""Behind the name of a container: the one of its uploads' parts."""
_AT_ONCE = 500
_AHEAD = 1000  # segments of an object that are all looked for before its first byte
_KNOWN = 10_000  # found at a time


def etag_of(entry: Entry) -> str:
    return entry.metadata.get(ETAG, entry.etag) if entry.kind == SLO else entry.etag


def size_of(entry: Entry) -> int:
    return int(entry.metadata.get(SIZE, entry.size)) if entry.kind == SLO else entry.size


def own_parts(holder: Container, entry: Entry) -> str:
    """What the paths of the parts begin with that an object came in by and goes with: they are read as itself. "" for
    an object that was put together of others; under another name it is one too."""
    upload = entry.metadata.get(UPLOAD, "")
    return f"{holder.name}{PARTS}/{entry.name}/{upload}/" if upload else ""


class Sources:
    """Objects of one account by their paths ("container/object"), for one caller. Of paths that begin with `own`
    nobody asks whether the caller may read them."""

    def __init__(self, request: Request, account: Account, own: str = "") -> None:
        self._request, self._account, self._own = request, account, own
        self._known: dict[str, Entry | int] = {}

    def look(self, paths: Iterable[str]) -> dict[str, Entry | int]:
        """By path the object, or the status of the refusal; one query for 500 names of a container."""
        if len(self._known) > _KNOWN:
            self._known.clear()
        missing: dict[str, list[str]] = {}
        wanted = list(dict.fromkeys(paths))
        for path in wanted:
            if path not in self._known:
                container, _, name = path.partition("/")
                missing.setdefault(container, []).append(name)
        for container, names in missing.items():
            self._read(container, names)
        return {path: self._known[path] for path in wanted}

    def _read(self, container: str, names: list[str]) -> None:
        holder = model.container(self._account.name, container)
        own = self._own and all(f"{container}/{name}".startswith(self._own) for name in names)
        refused = 0 if own else self._refused(holder)
        for name in names:
            self._known[f"{container}/{name}"] = refused or 404
        if refused or holder is None:
            return
        now = clock.now()
        for start in range(0, len(names), _AT_ONCE):
            part = names[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            sql = f"SELECT {model.COLUMNS} FROM objects WHERE container = ? AND name IN ({marks})"  # noqa: S608
            for found in rows(sql, (holder.id, *part)):
                entry = model.read(found)
                if not lifetime.is_over(entry.ends, now):
                    self._known[f"{container}/{entry.name}"] = self._followed(entry)

    def _refused(self, holder: Container | None) -> int:
        if holder is None:
            return 404
        try:
            access.require(self._request, Place(self._account, holder, "segment"), "GET")
        except Failure as failure:
            return failure.status
        return 0

    def _followed(self, entry: Entry) -> Entry | int:
        """What a symlink among the segments leads to, within the account."""
        for _ in range(links.MOST_LINKS + 1):
            if entry.kind != SYMLINK:
                return entry
            container, name = links.parts_of(entry.metadata[links.TARGET])
            holder = model.container(self._account.name, container)
            if links.TARGET_ACCOUNT in entry.metadata or holder is None or self._refused(holder):
                return 404
            found = model.entry(holder.id, name)
            if found is None:
                return 404
            entry = found
        return 409


class Large:
    """The content of a large object. `first` is where reading begins: what it begins with is known to be there.
    `held`: the upload whose parts stay until this is closed, "" where they are others' objects."""

    def __init__(self, store: Store, sources: Sources, parts: Sequence[Segment], held: str) -> None:
        self._store, self._sources, self._parts, self._held = store, sources, parts, held

    @classmethod
    async def open(
        cls, store: Store, sources: Sources, parts: Sequence[Segment], first: int, held: str = ""
    ) -> "Large":
        """Raises Conflict when the segment at `first` is not what the manifest says."""
        large = cls(store, sources, parts, held)
        if held:
            holds.uploads.take(held)
        try:
            await large._look(first)
        except BaseException:
            large.close()
            raise
        return large

    async def _look(self, first: int) -> None:
        if len(self._parts) <= _AHEAD:
            self._sources.look(part.path for part in self._parts if part.data is None)
        async for piece in assembly.pieces(self._parts, first, first, self._nested):
            if piece.segment.data is None:
                self._entry(piece.segment)

    async def read(self, first: int, count: int) -> bytes | bytearray:
        return await files.gathered(self, first, count)

    async def pieces(self, first: int, count: int) -> AsyncIterator[Piece]:
        """Raises ConnectionAbortedError where a segment has changed: what was promised cannot be sent any more."""
        try:
            async for piece in assembly.pieces(self._parts, first, first + count - 1, self._nested):
                content = await self._opened(piece.segment)
                try:
                    yield Piece(content.descriptor, piece.first, piece.last - piece.first + 1)
                finally:
                    content.close()
        except (Conflict, FileNotFoundError):
            _log.warning("a segment of a large object is gone or has changed")
            raise ConnectionAbortedError("a segment has changed") from None

    def close(self) -> None:
        """Every file was closed behind its last byte."""
        if self._held:
            holds.uploads.drop(self._held)
            self._held = ""

    async def _opened(self, segment: Segment) -> "_Opened":
        if segment.data is not None:
            return _Opened.of(segment.data)
        return await _Opened.file(self._store, self._entry(segment))

    def _entry(self, segment: Segment) -> Entry:
        found = self._sources.look([segment.path])[segment.path]
        if isinstance(found, int) or etag_of(found) != segment.etag or size_of(found) != segment.size:
            raise Conflict("")
        return found

    async def _nested(self, segment: Segment) -> Sequence[Segment]:
        parts = await read_manifest(self._store, self._entry(segment))
        self._sources.look(part.path for part in parts if part.data is None)
        return parts


class _Opened:
    """A descriptor: of a file, or of bytes that a manifest carries."""

    __slots__ = ("descriptor",)

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def of(cls, data: bytes) -> "_Opened":
        descriptor = os.memfd_create("segment", os.MFD_CLOEXEC)
        os.write(descriptor, data)
        return cls(descriptor)

    @classmethod
    async def file(cls, store: Store, entry: Entry) -> "_Opened":
        return cls(await pagecache.opened(store.name(entry.file)))

    def close(self) -> None:
        os.close(self.descriptor)


async def read_manifest(store: Store, entry: Entry) -> list[Segment]:
    """The segments of a static large object; manifests have a bounded size."""
    return segments.decode(await store.run(store.path(entry.file).read_bytes))
