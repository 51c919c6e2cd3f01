"""The framing of aws-chunked bodies, as Amazon documents it ("Signature Calculations: Transferring Payload in Multiple
Chunks"): `size;chunk-signature=…`, bytes, …, `0`, trailers.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator

from stacklab.http.body import Chunk
from stacklab.objects.s3.errors import S3Error
from stacklab.objects.s3.signatures import Signed

_EMPTY = hashlib.sha256(b"").hexdigest()
_SMALLEST = 8192  # bytes of every chunk but the last
_LINE = 4096  # bytes of a line, at most
_SIZE = re.compile(r"[0-9a-fA-F]{1,16}")
_SIGNATURE = "x-amz-trailer-signature"


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
    """Takes a body apart, however it is cut. Holds a line at most, no chunk.

    `length`: the bytes that all chunks have. `seal`: None where they are not signed. `trailer`: the one announced, ""
    for none; `trailers` has it in the end. `signs`: it has a signature of its own.
    """

    def __init__(self, length: int, seal: Seal | None, trailer: str = "", signs: bool = False) -> None:
        self.length = self._missing = length
        self._seal = seal
        self._trailer, self._signs = trailer, signs
        self.trailers = dict[str, str]()
        self.left = 0
        """Bytes of the chunk that is coming: `take` them where they are; else a line is next."""
        self.done = False
        """What still comes belongs to nothing."""
        self._line = b""
        self._next = self._head  # takes the next line
        self._last, self._signature = _SMALLEST, ""
        self._seen = hashlib.sha256()

    def feed(self, data: Chunk) -> Iterator[memoryview]:
        """What of it the chunks have. Raises S3Error."""
        view = memoryview(data)
        while view and not self.done:
            if self.left:
                piece, view = view[: self.left], view[self.left :]
                self.take(piece)
                yield piece
            else:
                view = self._look_for_line(view)

    def take(self, piece: memoryview) -> None:
        """These are the next bytes of the chunk. Raises S3Error."""
        if self._seal:
            self._seen.update(piece)
        self.left -= len(piece)
        if not self.left:
            self._check_chunk()
            self._next = self._gap

    def end(self) -> None:
        """Nothing more will come. Raises S3Error."""
        if not self.done and (self._line or self._next != self._behind):
            raise S3Error("IncompleteBody")
        if not self.done:  # the empty line at the very end may be left out
            self._behind("")

    def _look_for_line(self, view: memoryview) -> memoryview:
        """The bytes behind it."""
        before = len(self._line)
        text = self._line + view[: _LINE - before]
        end = text.find(b"\r\n")
        if end < 0:
            if len(text) == _LINE:
                raise S3Error("IncompleteBody" if self._next != self._behind else "MalformedTrailerError")
            self._line = text
            return view[len(text) - before :]
        self._line = b""
        self._next(text[:end].decode("latin-1"))
        return view[end + 2 - before :]

    def _head(self, line: str) -> None:
        size, _, rest = line.partition(";")
        if not _SIZE.fullmatch(size.strip(" ")):
            raise S3Error("IncompleteBody")
        number = int(size, 16)
        if number and self._last < _SMALLEST:
            raise S3Error("InvalidChunkSizeError")
        if number > self._missing or (not number and self._missing):
            raise S3Error("IncompleteBody")
        if self._seal:
            self._signature, self._seen = _signature(rest), hashlib.sha256()
        self._last = self.left = number
        self._missing -= number
        if not number:
            self._check_chunk()
            self._next = self._behind

    def _check_chunk(self) -> None:
        if self._seal:
            self._seal.chunk(self._seen.hexdigest(), self._signature)

    def _gap(self, line: str) -> None:
        if line:
            raise S3Error("IncompleteBody")
        self._next = self._head

    def _behind(self, line: str) -> None:
        """Of the trailers; an empty one is their end, whatever comes then."""
        name, _, value = line.partition(":")
        name = name.strip().lower()
        if not line:
            self._check_trailers()
            self.done = True
        elif not self._trailer and not self._signs:
            raise S3Error("IncompleteBody")
        elif name in self.trailers or name not in (self._trailer, _SIGNATURE if self._signs else ""):
            raise S3Error("MalformedTrailerError")
        else:
            self.trailers[name] = value.strip()

    def _check_trailers(self) -> None:
        signature = self.trailers.pop(_SIGNATURE, "")
        if self._signs and not signature:
            raise S3Error("IncompleteBody")
        if self._trailer and self._trailer not in self.trailers:
            raise S3Error("MalformedTrailerError")
        if self._signs and not self._trailer:
            raise S3Error("IncompleteBody")
        if self._seal and self._signs:
            lines = "".join(f"{name}:{value}\n" for name, value in self.trailers.items())
            self._seal.trailer(lines, signature)


def _signature(said: str) -> str:
    """Of a chunk's head. Raises S3Error."""
    name, _, signature = said.partition("=")
    if said and name.strip() != "chunk-signature":
        raise S3Error("SignatureDoesNotMatch")
    if not signature.strip() or ";" in signature:
        raise S3Error("IncompleteBody")
    return signature.strip()
