"""Bodies from a client past the parser: read from its socket into a buffer, by a thread that never waits.

The transport reads nothing meanwhile. When the body is there the parser begins anew, at the request that follows;
where it was given up in the middle, a parser takes in the rest as ever.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

LOT = 512 << 10
"""Bytes worth waking up for, for a while."""
A_WHILE = 0.5
"""Seconds; afterwards a single byte is."""


class Inlet:
    """One body's way from the socket (http.body.Inlet)."""

    patience = 120.0
    """Seconds a client may send nothing at all before it is given up."""

    __slots__ = ("_cycle", "_gone", "_more", "_socket", "_wire", "left")

    def __init__(self, wire: HttpToolsProtocol, cycle: RequestResponseCycle) -> None:
        self._wire, self._cycle = wire, cycle
        self._socket: socket.socket | None = None
        self._more: asyncio.Future[None] | None = None
        self._gone = False
        self.left = 0

    def wake(self) -> None:
        """There is something to read, or nobody left to read from."""
        if self._more and not self._more.done():
            self._more.set_result(None)

    def open(self, left: int) -> bytes:
        """What the parser has had of the `left` bytes. Raises ConnectionError."""
        cycle, wire = self._cycle, self._wire
        if cycle.disconnected or cycle.response_complete or cycle.transport.is_closing():
            raise ConnectionResetError
        if cycle.waiting_for_100_continue:
            cycle.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            cycle.waiting_for_100_continue = False
        held, cycle.body = bytes(cycle.body), bytearray()
        cycle.message_event.clear()
        self.left = left - len(held) if cycle.more_body else 0
        if self.left:
            wire.flow.pause_reading()
            # A descriptor of our own: the transport's number may be another connection's as soon as it is closed.
            self._socket = socket.socket(fileno=os.dup(cycle.transport.get_extra_info("socket").fileno()))
            self._socket.setblocking(False)
        return held

    def fill(self, buffer: memoryview) -> int:
        size, most = 0, min(len(buffer), self.left)
        try:
            while size < most:
                got = self._connection.recv_into(buffer[size:most])
                if not got:
                    raise ConnectionResetError
                size += got
        except BlockingIOError:
            pass
        except OSError as error:  # also of a route that is no more
            self._gone = True
            raise ConnectionResetError from error
        self.left -= size
        return size

    async def ready(self) -> None:
        """Raises ConnectionError after `patience` seconds in which the client sent nothing."""
        loop, connection = self._wire.loop, self._connection
        if self._cycle.disconnected:
            raise ConnectionResetError
        self._more = loop.create_future()
        self._wait_for(min(LOT, self.left))
        loop.add_reader(connection, self.wake)
        later = loop.call_later(A_WHILE, self._wait_for, 1), loop.call_later(self.patience, self._give_up)
        try:
            await self._more
        finally:
            for handle in later:
                handle.cancel()
            loop.remove_reader(connection)
            self._more = None
        if self._cycle.disconnected:
            raise ConnectionResetError

    @property
    def _connection(self) -> socket.socket:
        if self._socket is None:
            raise RuntimeError("an inlet is opened first")
        return self._socket

    def _wait_for(self, count: int) -> None:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)

    def _give_up(self) -> None:
        if self._more and not self._more.done():
            self._gone = True
            self._more.set_exception(ConnectionAbortedError("the client sends nothing"))

    def close(self) -> None:
        if self._socket is None:
            return
        self._wait_for(1)
        self._socket.close()
        self._socket = None
        wire, cycle = self._wire, self._cycle
        if self._gone and not cycle.disconnected:
            cycle.disconnected = True
            wire.transport.abort()
        if cycle.disconnected or wire.transport.is_closing():
            return
        if self.left:
            wire.parser = _parser_within(wire, self.left)
        else:
            wire.parser = _parser(wire)
            cycle.more_body = False
        wire.flow.resume_reading()


def _parser(told: object) -> httptools.HttpRequestParser:
    """At the beginning of a request, as uvicorn makes it."""
    parser = httptools.HttpRequestParser(told)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


def _parser_within(wire: HttpToolsProtocol, left: int) -> httptools.HttpRequestParser:
    """In the middle of a body: of the head that brought it there, nobody hears."""
    within = False

    def once(call: Callable[..., None]) -> Callable[..., None]:
        def told(*said: Any) -> None:
            if within:
                call(*said)

        return told

    heads = {name: once(getattr(wire, name)) for name in ("on_message_begin", "on_url", "on_header",
                                                          "on_headers_complete")}  # fmt: skip
    parser = _parser(SimpleNamespace(on_body=wire.on_body, on_message_complete=wire.on_message_complete, **heads))
    parser.feed_data(b"PUT / HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % left)
    within = True
    return parser
