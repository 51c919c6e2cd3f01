"""A body out of its chunks: by messages, or past the parser, where each chunk's bytes come to where they are wanted."""

from collections import deque
from collections.abc import Iterator

from stacklab.http.body import Inlet, Stream
from stacklab.objects.s3.chunks import Chunks

_LOOK = 256
"""Bytes that are looked at for a line: what of them a chunk has is moved."""


class Unwrapped(Stream):
    """Raises S3Error, and what the body raises. Who watches sees what the chunks have."""

    def __init__(self, body: Stream, chunks: Chunks) -> None:
        super().__init__(chunks.length if body.length else 0)
        self._body, self._chunks = body, chunks
        self._pieces = deque[bytes]()

    async def __anext__(self) -> bytes:
        while not self._pieces and not self._chunks.done:
            chunk = await anext(self._body, b"")
            if not chunk:
                break
            self._pieces.extend(map(bytes, self._chunks.feed(chunk)))
        if not self._pieces:
            self.end()
            raise StopAsyncIteration
        piece = self._pieces.popleft()
        self.look(piece)
        return piece

    def end(self) -> None:
        self._chunks.end()
        super().end()

    @property
    def inlet(self) -> Inlet | None:
        inlet = self._body.inlet
        return _Way(inlet, self._chunks) if inlet else None

    def opened(self, inlet: Inlet) -> bytes:
        return self._body.opened(inlet)


class _Way:
    """Past the parser and out of the chunks (http.body.Inlet)."""

    def __init__(self, inlet: Inlet, chunks: Chunks) -> None:
        self._inlet, self._chunks = inlet, chunks
        self._held = memoryview(b"")
        self._line = memoryview(bytearray(_LOOK))
        self.ready, self.close = inlet.ready, inlet.close

    @property
    def left(self) -> int:
        return 0 if self._chunks.done else len(self._held) + self._inlet.left

    def open(self, left: int) -> bytes:
        self._held = memoryview(self._inlet.open(left))
        return b""

    def fill(self, buffer: memoryview) -> int:
        """Raises S3Error."""
        size, got = 0, 1
        while got and size < len(buffer) and not self._chunks.done:
            room = buffer[size:]
            if self._chunks.left:
                got = self._read(room[: self._chunks.left])
                self._chunks.take(room[:got])
                size += got
            else:
                line = self._line[: len(room)]
                got = self._read(line)
                size += _moved(self._chunks.feed(line[:got]), room)
        return size

    def _read(self, buffer: memoryview) -> int:
        if not self._held:
            return self._inlet.fill(buffer)
        size = min(len(buffer), len(self._held))
        buffer[:size], self._held = self._held[:size], self._held[size:]
        return size


def _moved(pieces: Iterator[memoryview], buffer: memoryview) -> int:
    size = 0
    for piece in pieces:
        buffer[size : size + len(piece)] = piece
        size += len(piece)
    return size
