"""The bytes of files as an answer: whole, one range or several (RFC 9110, section 14), under conditions (section 13).

    return await files.answer(request, opening, size, headers, media, etag, modified)

`opening` is called only when bytes are wanted. What is small goes out in one write, with the headers, read from the
page cache. The rest leaves by sendfile where the server offers it (`scope["extensions"][OUTLET]`), else block by block,
as fast as the client takes them: at most two blocks of a stream are in memory.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from os import close
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from stacklab.core import pagecache
from stacklab.http import conditional, ranges
from stacklab.http.body import Receive
from stacklab.http.ranges import Span
from stacklab.http.request import Request
from stacklab.http.respond import Headers, Ready, encoded
from stacklab.http.routes import Asgi

OUTLET = "stacklab.outlet"
"""The ASGI extension of our own server (cli/outlet.py), an `Outlet`."""

BLOCK = 128 << 10
"""Bytes moved at a time where there is no sendfile; what is not larger is sent in one piece."""
SMALL = 64 << 10
"""Up to here a copy costs less than sendfile."""


class Piece(NamedTuple):
    """Bytes of an open file, which stays open until the next piece is asked for."""

    file: int
    offset: int
    size: int


class Content(Protocol):
    """An open representation. Several files in a row are one content like any other."""

    def pieces(self, first: int, count: int) -> AsyncIterator[Piece]:
        """These bytes in order; an async generator, so that it can be closed."""

    async def read(self, first: int, count: int) -> bytes | bytearray:
        """These bytes, which are few."""

    def close(self) -> None:
        """Let go of everything. Called once, whatever happened."""


class Outlet(Protocol):
    """The way past ASGI's messages for the bytes of files. A last body message ends the answer as ever."""

    @property
    def gone(self) -> bool:
        """Whether the client has left, so that nobody waits for the rest."""

    async def send_file(self, file: int, offset: int, count: int) -> None:
        """Bytes of a file as part of the body that content-length announced. Raises ConnectionError, EOFError."""


Opening = Callable[[], Awaitable[Content]]


class OneFile:
    """The content of one file from its first byte on; it owns the descriptor."""

    __slots__ = ("_file",)

    def __init__(self, file: int) -> None:
        self._file = file

    @classmethod
    async def open(cls, path: Path | str) -> "OneFile":
        """Raises FileNotFoundError."""
        return cls(await pagecache.opened(path))

    async def pieces(self, first: int, count: int) -> AsyncIterator[Piece]:
        yield Piece(self._file, first, count)

    async def read(self, first: int, count: int) -> bytes | bytearray:
        return await pagecache.read(self._file, first, count)

    def close(self) -> None:
        close(self._file)


async def answer(
    request: Request,
    opening: Opening,
    size: int,
    headers: Mapping[str, str],
    media: str,
    etag: str = "",
    modified: int = 0,
    part: bool = False,
) -> Asgi:
    """What GET or HEAD gets of `size` bytes: 200, 206, 304. Raises PreconditionFailed and RangeNotSatisfiable.

    `etag` without quotation marks and `modified` in seconds are compared with; `headers` are sent as they are, and
    name both to the client in the service's own way. `part`: the range is what the resource itself is, so HEAD tells
    of it too. What `opening` raises, this raises.
    """
    asked = request.headers
    if conditional.unchanged(request.method, asked, etag, modified):
        return Ready(304, encoded(headers))
    sent = [*encoded(headers), (b"accept-ranges", b"bytes")]
    if request.method == "HEAD":
        spans = ranges.parse(asked["range"], size) if part and "range" in asked else None
        if spans:
            sent += [(b"content-type", _bytes(media)), (b"content-range", _placed(spans[0], size))]
            return Ready(206, [*sent, (b"content-length", b"%d" % spans[0][1])])
        return Ready(200, [*sent, (b"content-type", _bytes(media)), (b"content-length", b"%d" % size)])
    spans = None
    if "range" in asked and ("if-range" not in asked or conditional.in_range(asked["if-range"], etag, modified)):
        spans = ranges.parse(asked["range"], size)
    content = await opening()
    if spans is None:
        sent.append((b"content-type", _bytes(media)))
        return await _one(200, sent, content, (0, size))
    if len(spans) == 1:
        sent += [(b"content-type", _bytes(media)), (b"content-range", _placed(spans[0], size))]
        return await _one(206, sent, content, spans[0])
    return _multipart(sent, content, spans, size, _bytes(media))


async def _one(status: int, sent: Headers, content: Content, span: Span) -> Asgi:
    """Bytes in a row; what is small is at hand already."""
    sent.append((b"content-length", b"%d" % span[1]))
    if span[1] > SMALL:
        return _Body(status, sent, content, [_Part(b"", span)])
    try:
        return Ready(status, sent, await content.read(*span))
    finally:
        content.close()


async def gathered(content: Content, first: int, count: int) -> bytes | bytearray:
    """`read` of a content of several files."""
    data: bytes | bytearray = b""
    async with aclosing(content.pieces(first, count)) as pieces:  # type: ignore[type-var]
        async for file, offset, size in pieces:
            read = await pagecache.read(file, offset, size)
            data = data + read if data else read
    return data


def _multipart(sent: Headers, content: Content, spans: list[Span], size: int, media: bytes) -> Asgi:
    """Several ranges as multipart/byteranges (section 14.6)."""
    boundary = token_hex(16).encode()
    parts = []
    for number, span in enumerate(spans):
        start = b"%s--%s\r\ncontent-type: %s\r\n" % (b"\r\n" if number else b"", boundary, media)
        parts.append(_Part(b"%scontent-range: %s\r\n\r\n" % (start, _placed(span, size)), span))
    parts.append(_Part(b"\r\n--%s--\r\n" % boundary, (0, 0)))
    length = sum(len(part.before) + part.span[1] for part in parts)
    kind = b"multipart/byteranges;boundary=" + boundary
    return _Body(206, [*sent, (b"content-type", kind), (b"content-length", b"%d" % length)], content, parts)


class _Part(NamedTuple):
    before: bytes
    span: Span


class _Body(Struct, frozen=True):
    """Headers, and parts of an open content, which is closed at the end."""

    status: int
    headers: Headers
    content: Content
    parts: Iterable[_Part]

    async def __call__(self, scope: Any, _receive: Receive, send: Any) -> None:
        out = _Out(send, (scope.get("extensions") or {}).get(OUTLET))
        try:
            await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
            for before, (first, count) in self.parts:
                out.held += before
                if count:
                    await self._span(out, first, count)
            await send({"type": "http.response.body", "body": out.held})
        except ConnectionError:
            return
        finally:
            self.content.close()

    async def _span(self, out: "_Out", first: int, count: int) -> None:
        async with aclosing(self.content.pieces(first, count)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                await out.put(piece)


class _Out:
    """The body on its way: what is small waits for what follows, so that one write carries both."""

    __slots__ = ("_outlet", "_send", "held")

    def __init__(self, send: Any, outlet: Outlet | None) -> None:
        self._send, self._outlet = send, outlet
        self.held: bytes | bytearray = b""

    async def put(self, piece: Piece) -> None:
        """Raises ConnectionError when the client has left."""
        file, offset, count = piece
        if count > SMALL and self._outlet:
            await self._flush()
            await self._outlet.send_file(file, offset, count)
            return
        while count:
            size = min(count, BLOCK)
            if len(self.held) + size > BLOCK:
                await self._flush()
            data = await pagecache.read(file, offset, size)
            self.held = self.held + data if self.held else data
            offset, count = offset + size, count - size

    async def _flush(self) -> None:
        if self._outlet and self._outlet.gone:
            raise ConnectionResetError
        if self.held:
            data, self.held = self.held, b""
            await self._send({"type": "http.response.body", "body": data, "more_body": True})


def _placed(span: Span, size: int) -> bytes:
    return b"bytes %d-%d/%d" % (span[0], span[0] + span[1] - 1, size)


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
