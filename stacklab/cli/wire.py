"""HTTP with an end to its patience: uvicorn itself takes in a request's head however long, however slow."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from stacklab.cli import handles
from stacklab.cli.inlet import Inlet
from stacklab.cli.outlet import Outlet
from stacklab.cli.whole import Whole
from stacklab.http.body import INLET
from stacklab.http.files import OUTLET
from stacklab.http.respond import AT_ONCE

HEAD_MOST = 64 << 10
"""Bytes of a request line with its headers."""

Send = Callable[[Any], Coroutine[Any, Any, None]]
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\ncontent-length: 0\r\n\r\n"


class Wire(HttpToolsProtocol):
    """Ends a connection whose head is too large, or is not there `patience` seconds after it began, and those that are
    more than there are files for.

    Answers may be written at once, those to GET send files past it, and long bodies are read past it: see Whole, Outlet
    and Inlet.
    """

    patience = 30.0
    _head = 0
    _message = 0  # which of the connection's it is, counted as they begin
    _open = False  # a head has begun and not ended
    _late: asyncio.TimerHandle | None = None
    _way: Outlet | Inlet | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > handles.connections():
            transport.write(TOO_MANY)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._done()
        super().connection_lost(exc)
        if self._way:
            self._way.wake()
            self._way = None

    def on_message_begin(self) -> None:
        self._head, self._open = 0, True
        self._message += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._done()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        message = self._message
        super().data_received(data)
        if not self._open:
            return
        if self._late is None:
            self._wait()
        if self._message == message:  # all of it belongs to a head that has not ended
            self._head += len(data)
            if self._head > HEAD_MOST:
                self.transport.write(TOO_LARGE)
                self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        offered: dict[str, Any] = {AT_ONCE: Whole(cycle)}
        if self.scheme == "http" and cycle.scope["method"] == "GET":
            self._way = offered[OUTLET] = Outlet(cycle, self.loop)
        elif self.scheme == "http" and cycle.scope["method"] in ("PUT", "POST"):
            self._way = offered[INLET] = Inlet(self, cycle)
        cycle.scope["extensions"] = offered
        if cycle.waiting_for_100_continue:
            cycle.send = _closing(cycle, cycle.send)  # type: ignore[method-assign, assignment]
        super()._start_asgi_task(cycle, app)

    def _wait(self) -> None:
        self._late = self.loop.call_later(self.patience, self.transport.close)

    def _done(self) -> None:
        self._open = False
        if self._late:
            self._late.cancel()
            self._late = None


def _closing(cycle: RequestResponseCycle, send: Send) -> Send:
    """An answer in place of 100 Continue ends the connection: whether the body comes all the same, nobody can tell
    (RFC 9110, 10.1.1)."""

    async def closes(message: Any) -> None:
        if cycle.waiting_for_100_continue:
            cycle.keep_alive = False
        await send(message)

    return closes
