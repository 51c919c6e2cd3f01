"""Tar archives read as they arrive: plain, gzip or bzip2, a member at a time, never more than a block in memory.

Nothing is written under a member's name. What a member may claim is bounded (headers, their text), and so is what an
archive may unpack to without making objects of it: a few compressed kilobytes can stand for terabytes.
"""

import asyncio
import bz2
import tarfile
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Protocol

from msgspec import Struct, field

from stacklab.core.errors import BadRequest

KINDS = {"tar": "", "tar.gz": "gz", "tar.bz2": "bz2"}
_BLOCK = tarfile.BLOCKSIZE
_STEP = 64 << 10
_MAGIC = {"gz": b"\x1f", "bz2": b"B"}
_MOST_TEXT = 1 << 20  # bytes of the extended headers of one member: names and attributes
_MOST_SKIPPED = 4 << 30  # unpacked bytes that end in no object
_CONTENT_TYPE = ("SCHILY.xattr.user.mime_type", "LIBARCHIVE.xattr.user.mime_type")
_META = ("SCHILY.xattr.user.meta.", "LIBARCHIVE.xattr.user.meta.")


class BadArchive(BadRequest):
    """The bytes are no archive of the kind they were said to be, or are cut short."""


class Member(Struct, frozen=True):
    """One entry. `name`: what is no UTF-8 in it stands as surrogates. `headers`: its attributes as an object's."""

    name: str
    size: int
    is_file: bool
    headers: dict[str, str] = field(default_factory=dict)


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


async def unpacked(body: AsyncIterator[bytes], compression: str) -> AsyncIterator[bytes]:
    """The plain bytes of a stream; unpacked in a thread, at most 64 KiB at a time. Raises BadArchive."""
    if not compression:
        async for chunk in body:
            yield chunk
        return
    unpacker = _unpacker(compression)
    async for chunk in body:
        while chunk:
            if unpacker.eof:  # several streams may stand behind one another, or padding
                if chunk[:1] != _MAGIC[compression]:
                    return
                unpacker = _unpacker(compression)
            plain, chunk = await asyncio.to_thread(_step, unpacker, chunk)
            if plain:
                yield plain
            while not unpacker.eof and len(plain) == _STEP and not chunk:
                plain, chunk = await asyncio.to_thread(_step, unpacker, b"")
                if plain:
                    yield plain
    if not unpacker.eof:
        raise BadArchive("Invalid Tar File: unexpected end of data")


def _unpacker(compression: str) -> _Unpacker:
    return zlib.decompressobj(wbits=31) if compression == "gz" else bz2.BZ2Decompressor()


def _step(unpacker: _Unpacker, data: bytes) -> tuple[bytes, bytes]:
    """Some plain bytes, and what is left of the packed ones."""
    try:
        plain = unpacker.decompress(data, _STEP)
    except (zlib.error, OSError, EOFError) as error:
        raise BadArchive(f"Invalid Tar File: {error}") from None
    return plain, unpacker.unused_data if unpacker.eof else getattr(unpacker, "unconsumed_tail", b"")


class Archive:
    """`async for member in archive.members()`, and of each that is wanted its `data()`; what is not read is skipped."""

    def __init__(self, body: AsyncIterator[bytes], compression: str) -> None:
        self._stream = unpacked(body, compression)
        self._held = b""
        self._left = 0  # of the member's data and its padding
        self._padding = 0
        self._skipped = 0
        self._claimed = 0  # bytes of extended headers since the last member

    async def members(self) -> AsyncIterator[Member]:
        """Raises BadArchive where the archive is wrong, BadRequest where it only unpacks and makes nothing."""
        extended: dict[str, str] = {}
        first = True
        while True:
            await self._skip(self._left + self._padding)
            block = await self._exactly(_BLOCK, none=not first)
            if not block or not block.strip(b"\0"):
                return
            info = self._header(block)
            first = False
            self._left, self._padding = info.size, -info.size % _BLOCK
            if info.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
                extended |= _records(await self._text())
            elif info.type == tarfile.GNUTYPE_LONGNAME:
                extended["path"] = (await self._text()).rstrip(b"\0").decode(errors="surrogateescape")
            elif info.type not in (tarfile.GNUTYPE_LONGLINK, tarfile.XGLTYPE):
                yield self._member(info, extended)
                extended, self._claimed = {}, 0

    async def data(self) -> AsyncIterator[bytes]:
        """The bytes of the member that `members` gave last. Raises BadArchive when they end early."""
        while self._left:
            chunk = self._held or await self._more()
            if not chunk:
                raise BadArchive("Invalid Tar File: unexpected end of data")
            part, self._held = chunk[: self._left], chunk[self._left :]
            self._left -= len(part)
            yield part

    def _header(self, block: bytes) -> tarfile.TarInfo:
        self._waste(_BLOCK)
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise BadArchive(f"Invalid Tar File: {error}") from None
        if not info.isreg() and info.type not in _WITH_DATA:
            info.size = 0  # what has no data may claim a size and means nothing by it
        if info.size < 0:
            raise BadArchive("Invalid Tar File: invalid header")
        return info

    def _member(self, info: tarfile.TarInfo, extended: dict[str, str]) -> Member:
        if "size" in extended and info.isreg():
            with suppress(ValueError):
                self._left = max(int(extended["size"]), 0)
                self._padding = -self._left % _BLOCK
        sparse = info.type == tarfile.GNUTYPE_SPARSE or any(key.startswith("GNU.sparse.") for key in extended)
        return Member(extended.get("path", info.name), self._left, info.isreg() and not sparse, _headers(extended))

    async def _text(self) -> bytes:
        self._claimed += self._left
        if self._claimed > _MOST_TEXT:
            raise BadArchive("Invalid Tar File: extended header is too long")
        self._waste(self._left)
        text = await self._exactly(self._left)
        self._left = 0
        return text

    async def _exactly(self, size: int, none: bool = False) -> bytes:
        """So many bytes; with `none`, nothing at the very end of the stream will do."""
        parts: list[bytes] = []
        missing = size
        while missing:
            chunk = self._held or await self._more()
            if not chunk:
                if none and missing == size:
                    return b""
                raise BadArchive("Invalid Tar File: " + ("unexpected end of data" if parts or none else "empty file"))
            part, self._held = chunk[:missing], chunk[missing:]
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    async def _skip(self, size: int) -> None:
        if size >= _BLOCK:
            self._waste(size)
        while size:
            chunk = self._held or await self._more()
            if not chunk:
                raise BadArchive("Invalid Tar File: unexpected end of data")
            self._held = chunk[size:]
            size -= min(size, len(chunk))
        self._left = self._padding = 0

    def _waste(self, size: int) -> None:
        self._skipped += size
        if self._skipped > _MOST_SKIPPED:
            raise BadRequest(f"Invalid Tar File: more than {_MOST_SKIPPED} bytes that belong to no object")

    async def _more(self) -> bytes:
        return await anext(self._stream, b"")


_WITH_DATA = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


def _records(text: bytes) -> dict[str, str]:
    """The records of a PAX header, "length key=value\\n" each (POSIX.1-2001, pax, extended header)."""
    found, at = {}, 0
    while at < len(text) and text[at : at + 1] != b"\0":
        digits, blank, _ = text[at : at + 20].partition(b" ")
        if not blank or not digits.isdigit() or int(digits) <= len(digits) + 1 or at + int(digits) > len(text):
            raise BadArchive("Invalid Tar File: invalid header")
        key, _, value = text[at + len(digits) + 1 : at + int(digits) - 1].partition(b"=")
        found[key.decode(errors="surrogateescape")] = value.decode(errors="surrogateescape")
        at += int(digits)
    return found


def _headers(extended: dict[str, str]) -> dict[str, str]:
    """Extended attributes `user.mime_type` and `user.meta.*`, as star and libarchive write them."""
    headers = {}
    for key, value in extended.items():
        if key in _CONTENT_TYPE:
            headers["content-type"] = value
        for prefix in _META:
            if key.startswith(prefix):
                headers["x-object-meta-" + key.removeprefix(prefix).lower()] = value
    return headers
