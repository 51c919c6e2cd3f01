"""The body of a request: by ASGI's messages, or past them where the server offers it and the body is long."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

from stacklab.core.errors import TooLarge

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Chunk = bytes | bytearray | memoryview
Look = Callable[[Chunk], object]

INLET = "stacklab.inlet"
"""The ASGI extension of our own server (cli/inlet.py), an `Inlet`."""

LONG = 128 << 10
"""What is not larger comes by messages: to leave them costs more."""


class Inlet(Protocol):
    """The way past ASGI's messages for the rest of a body whose length is known. Once it is open there are no more
    messages until it is closed, and it is closed whatever happened."""

    @property
    def left(self) -> int:
        """Bytes still to come; 0 when `fill` has brought all of the body."""

    def open(self, left: int) -> bytes:
        """`left`: bytes that no message has brought. Those of them that are at hand. Raises ConnectionError."""

    def fill(self, buffer: memoryview) -> int:
        """In a thread: how many bytes were there and are now in the buffer. Never waits. Raises ConnectionError."""

    async def ready(self) -> None:
        """Until there is more to fill a buffer with. Raises ConnectionError when the client left or stands still."""

    def close(self) -> None:
        """What follows is the server's again."""


class Stream(AsyncIterator[bytes]):
    """Chunks in order, shown to those who watch; or all that is left of them at once, past the parser.

    `length` is what the client announced of their bytes, 0 where they end by themselves.
    """

    __slots__ = ("_ends", "_looks", "length")

    def __init__(self, length: int) -> None:
        self.length = length
        self._looks: list[Look] = []
        self._ends: list[Callable[[], None]] = []

    def watch(self, look: Look, end: Callable[[], None]) -> None:
        """`look` is shown every chunk before it is taken, on the event loop or in a thread, and `end` called when all
        have come; they raise what the body is refused with."""
        self._looks.append(look)
        self._ends.append(end)

    def look(self, chunk: Chunk) -> None:
        for look in self._looks:
            look(chunk)

    def end(self) -> None:
        """Nothing more will come."""
        ends, self._ends = self._ends, []
        for end in ends:
            end()

    @property
    def inlet(self) -> Inlet | None:
        """How all that is left may be had at once, where it is worth it: by `opened`."""
        raise NotImplementedError

    def opened(self, inlet: Inlet) -> bytes:
        """What of the rest is at hand; no chunks come from here any more."""
        raise NotImplementedError


class Body(Stream):
    """Raises TooLarge past `limit` bytes, ConnectionError when the client leaves."""

    __slots__ = ("_inlet", "_limit", "_more", "_receive", "_seen")

    def __init__(self, receive: Receive, limit: int, length: int = 0, inlet: Inlet | None = None) -> None:
        super().__init__(length)
        self._receive, self._limit, self._inlet = receive, limit, inlet
        self._seen, self._more = 0, True

    async def __anext__(self) -> bytes:
        while self._more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError("the client went away")
            chunk: bytes = message.get("body", b"")
            self._more = message.get("more_body", False)
            self._seen += len(chunk)
            if self._seen > self._limit:
                raise TooLarge("Request is too large.")
            if chunk:
                self.look(chunk)
                return chunk
        self.end()
        raise StopAsyncIteration

    @property
    def inlet(self) -> Inlet | None:
        return self._inlet if self.length - self._seen > LONG else None

    def opened(self, inlet: Inlet) -> bytes:
        if self.length > self._limit:
            raise TooLarge("Request is too large.")
        self._more = False
        return inlet.open(self.length - self._seen)
