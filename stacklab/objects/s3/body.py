"""The body of an upload as it arrives: out of its aws-chunked wrapping, each chunk's signature, the digests and the
checksum announced compared as it passes. What does not fit is refused before the object has its name.
"""

import binascii
import hashlib
import hmac
from base64 import b64decode
from collections.abc import AsyncIterator
from functools import partial
from typing import NamedTuple

from stacklab.http.body import Body
from stacklab.http.number import whole
from stacklab.http.request import Request
from stacklab.objects.s3 import checksums
from stacklab.objects.s3.checksums import Said, Sum
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.signatures import UNSIGNED, Signed

_EMPTY = hashlib.sha256(b"").hexdigest()
_SMALLEST = 8192  # bytes of every chunk but the last
_LINE = 4096
_STREAMING = {
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER": (False, True),
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": (True, False),
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": (True, True),
}


class Incoming(NamedTuple):
    """The bytes of an object as they arrive; `sum` is their checksum when they have."""

    chunks: AsyncIterator[bytes]
    sum: Sum | None


def content_md5(request: Request) -> str:
    """In hex, "" for none. Raises S3Error."""
    said = request.headers.get("content-md5", "")
    if not said:
        return ""
    try:
        raw = b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 16:
        raise S3Error("InvalidDigest")
    return raw.hex()


def streaming(request: Request) -> bool:
    return request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")


def opened(request: Request, signed: Signed, key: bytes, wanted: str = "", *, own: bool = True) -> Incoming:
    """`wanted`: the algorithm of a checksum that is taken where the client says none. `own`: the checksum in the
    headers is the body's. Raises S3Error, at once for what the headers show and while reading for the rest."""
    stated = request.headers.get("x-amz-content-sha256", UNSIGNED)
    said = checksums.said(request.headers) if own else Said()
    if said.name and wanted and said.name != wanted:
        words = f"Checksum Type mismatch occurred, expected checksum Type: {wanted}, actual checksum Type: {said.name}"
        raise S3Error("InvalidRequest", words)
    running = checksums.begin(said.name or wanted) if said.name or wanted else None
    if stated.startswith("STREAMING-"):
        trailers = dict[str, str]()
        inner = _unwrapped(request, stated, Seal(signed, key) if key else None, said, trailers)
        return Incoming(_summed(inner, running, said, trailers) if running else inner, running)
    body = request.stream()
    if stated != UNSIGNED:
        _hash(body, stated)
    if running:
        body.watch(running.update, partial(_require, running, said, {}))
    return Incoming(body, running)


def summed(chunks: AsyncIterator[bytes], name: str) -> Incoming:
    """Bytes of our own, with a checksum of this algorithm; "" for none."""
    if not name:
        return Incoming(chunks, None)
    running = checksums.begin(name)
    return Incoming(_summed(chunks, running, Said(), {}), running)


def _unwrapped(
    request: Request, stated: str, seal: "Seal | None", said: Said, trailers: dict[str, str]
) -> AsyncIterator[bytes]:
    if stated not in _STREAMING:
        raise S3Error("NotImplemented", f"{stated} is not supported.")
    signs, trails = _STREAMING[stated]
    length = whole(request.headers.get("x-amz-decoded-content-length", ""))
    if length is None or length < 0:
        raise S3Error("MissingContentLength")
    trailer = said.trailer if trails else ""
    return Chunks(request.stream(), length, seal if signs else None, trailer, trailers).read()


def _hash(body: Body, stated: str) -> None:
    """Have the body refused whose SHA-256 is not the one that was signed."""
    seen = hashlib.sha256()

    def end() -> None:
        if not hmac.compare_digest(seen.hexdigest().encode(), stated.lower().encode("latin-1")):
            raise S3Error("XAmzContentSHA256Mismatch")

    body.watch(seen.update, end)


async def _summed(
    body: AsyncIterator[bytes], running: Sum, said: Said, trailers: dict[str, str]
) -> AsyncIterator[bytes]:
    async for chunk in body:
        running.update(chunk)
        yield chunk
    _require(running, said, trailers)


def _require(running: Sum, said: Said, trailers: dict[str, str]) -> None:
    """Raises S3Error where the client says another checksum than its bytes have."""
    if not said.name:
        return
    right = running.digest()
    value = checksums.raw(said.value or trailers.get(said.trailer, ""), len(right))
    if value is None:
        raise S3Error("InvalidRequest", f"Value for {said.trailer} trailing header is invalid.")
    if value != right:
        words = f"The {said.name.upper()} you specified did not match the calculated checksum."
        raise S3Error("BadDigest", words)


class Seal:
    """The chain of signatures: each chunk's covers the one before it."""

    def __init__(self, signed: Signed, key: bytes) -> None:
        self._head = f"{signed.moment}\n{'/'.join(signed.scope)}/aws4_request"
        self._before, self._key = signed.signature, key

    def chunk(self, digest: str, signature: str) -> None:
        """Raises S3Error."""
        self._check("AWS4-HMAC-SHA256-PAYLOAD", f"{_EMPTY}\n{digest}", signature)

    def trailer(self, lines: str, signature: str) -> None:
        self._check("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(lines.encode("latin-1")).hexdigest(), signature)

    def _check(self, kind: str, rest: str, signature: str) -> None:
        text = f"{kind}\n{self._head}\n{self._before}\n{rest}"
        right = hmac.digest(self._key, text.encode(), "sha256").hex()
        if not hmac.compare_digest(right.encode(), signature.encode("latin-1")):
            raise S3Error("SignatureDoesNotMatch")
        self._before = signature


class Chunks:
    """Reads `size;chunk-signature=…`, bytes, …, `0`, trailers. Holds what one message brought, no chunk."""

    def __init__(
        self, body: AsyncIterator[bytes], length: int, seal: Seal | None, trailer: str, trailers: dict[str, str]
    ) -> None:
        self._body, self._left, self._seal = body, length, seal
        self._trailer, self._trailers = trailer, trailers
        self._held = b""

    async def read(self) -> AsyncIterator[bytes]:
        """Raises S3Error."""
        last = _SMALLEST
        while True:
            size, signature = self._head(await self._line())
            if size and last < _SMALLEST:
                raise S3Error("InvalidRequest", "Only the last chunk may have less than 8192 bytes")
            last = size or last
            if size > self._left:
                raise S3Error("IncompleteBody")
            seen = hashlib.sha256()
            left = size
            while left:
                piece = await self._piece(left)
                if self._seal:
                    seen.update(piece)
                left -= len(piece)
                yield piece
            self._left -= size
            if self._seal:
                self._seal.chunk(seen.hexdigest(), signature)
            if not size:
                break
            if await self._line() != b"":
                raise S3Error("IncompleteBody")
        if self._left:
            raise S3Error("IncompleteBody")
        await self._read_trailers()

    def _head(self, line: bytes) -> tuple[int, str]:
        size, _, rest = line.decode("latin-1").partition(";")
        name, _, signature = rest.partition("=")
        try:
            number = int(size.strip(), 16) if len(size) <= 16 else -1
        except ValueError:
            number = -1
        if number < 0 or (self._seal and name.strip() != "chunk-signature"):
            raise S3Error("IncompleteBody")
        return number, signature.strip()

    async def _read_trailers(self) -> None:
        lines, signature = "", ""
        while True:
            line = (await self._line(end=True)).decode("latin-1")
            if not line:
                break
            name, _, value = line.partition(":")
            name, value = name.strip().lower(), value.strip()
            if name == "x-amz-trailer-signature":
                signature = value
            elif name == self._trailer and name not in self._trailers:
                self._trailers[name] = value
                lines += f"{name}:{value}\n"
            else:
                raise S3Error("InvalidRequest", "The request contained trailing data that was not announced")
        if self._trailer and self._trailer not in self._trailers:
            raise S3Error("InvalidRequest", "A trailer that was announced did not come")
        if self._seal and self._trailer:
            self._seal.trailer(lines, signature)

    async def _more(self) -> bool:
        async for chunk in self._body:
            self._held += chunk
            return True
        return False

    async def _line(self, end: bool = False) -> bytes:
        while b"\r\n" not in self._held:
            if len(self._held) > _LINE or not await self._more():
                if end and not self._held:
                    return b""
                raise S3Error("IncompleteBody")
        line, _, self._held = self._held.partition(b"\r\n")
        return line

    async def _piece(self, most: int) -> bytes:
        if not self._held and not await self._more():
            raise S3Error("IncompleteBody")
        piece, self._held = self._held[:most], self._held[most:]
        return piece


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
