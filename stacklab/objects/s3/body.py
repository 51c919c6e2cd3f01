"""The body of an upload as it arrives: out of its chunks where it is aws-chunked, the digests and the checksum compared
that were announced. What does not fit is refused before the object has its name.
"""

import binascii
import hashlib
import hmac
from base64 import b64decode
from collections.abc import AsyncIterator
from functools import partial
from typing import NamedTuple

from stacklab.http.body import Stream
from stacklab.http.number import whole
from stacklab.http.request import Request
from stacklab.objects.s3 import checksums
from stacklab.objects.s3.checksums import Said, Sum
from stacklab.objects.s3.chunks import Chunks, Seal
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.signatures import UNSIGNED, Signed
from stacklab.objects.s3.unwrapping import Unwrapped

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
    body: Stream = request.stream()
    trailers: dict[str, str] = {}
    if stated.startswith("STREAMING-"):
        chunks = _chunks(request, stated, Seal(signed, key) if key else None, said.trailer)
        body, trailers = Unwrapped(body, chunks), chunks.trailers
    elif stated != UNSIGNED:
        _hash(body, stated)
    if running:
        body.watch(running.update, partial(_require, running, said, trailers))
    return Incoming(body, running)


def summed(chunks: AsyncIterator[bytes], name: str) -> Incoming:
    """Bytes of our own, with a checksum of this algorithm; "" for none."""
    if not name:
        return Incoming(chunks, None)
    running = checksums.begin(name)
    return Incoming(_summed(chunks, running), running)


def _chunks(request: Request, stated: str, seal: Seal | None, trailer: str) -> Chunks:
    if stated not in _STREAMING:
        raise S3Error("NotImplemented", f"{stated} is not supported.")
    signs, trails = _STREAMING[stated]
    length = whole(request.headers.get("x-amz-decoded-content-length", ""))
    if length is None or length < 0:
        raise S3Error("MissingContentLength")
    return Chunks(length, seal if signs else None, trailer if trails else "", signs and trails)


def _hash(body: Stream, stated: str) -> None:
    """Have the body refused whose SHA-256 is not the one that was signed."""
    seen = hashlib.sha256()

    def end() -> None:
        if not hmac.compare_digest(seen.hexdigest().encode(), stated.lower().encode("latin-1")):
            raise S3Error("XAmzContentSHA256Mismatch")

    body.watch(seen.update, end)


async def _summed(chunks: AsyncIterator[bytes], running: Sum) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        running.update(chunk)
        yield chunk


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


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
