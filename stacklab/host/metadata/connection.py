"""One HTTP/1.1 connection from a guest, which may be hostile: everything it can send or hold on to has a limit."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

import httptools
from msgspec import Struct

from stacklab.core import log

_log = log.get(__name__)

IDLE_SECONDS = 20.0
BODY_LIMIT = 64 << 10
HEAD_LIMIT = 16 << 10


class Answer(Struct, frozen=True):
    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=UTF-8"


Respond = Callable[[str, str, str, bytes], Answer]
"""(source address, method, path, body) → answer."""


class MetadataConnection(asyncio.Protocol):
    """httptools parses; one request is answered after the other, in order."""

    def __init__(self, respond: Respond, open_ones: set["MetadataConnection"]) -> None:
        """`open_ones` holds every connection that is open, for whoever wants to end them."""
        self._respond, self._open_ones = respond, open_ones
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._idle: asyncio.TimerHandle
        self._source = ""
        self._url, self._body, self._received = b"", b"", 0

    # --- asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._source = transport.get_extra_info("peername")[0]
        self._idle = self._later()
        self._open_ones.add(self)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > HEAD_LIMIT + BODY_LIMIT:
            return self._refuse(413)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(400)

    def connection_lost(self, _error: Exception | None) -> None:
        self._idle.cancel()
        self._open_ones.discard(self)

    def abort(self) -> None:
        self._transport.abort()

    # --- httptools calls these

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        method = self._parser.get_method().decode()
        answer = self._safely(method)
        keep = self._parser.should_keep_alive()
        self._send(answer, head_only=method == "HEAD", keep=keep)
        self._url, self._body, self._received = b"", b"", 0
        self._idle.cancel()
        self._idle = self._later()

    # --- inside

    def _safely(self, method: str) -> Answer:
        try:
            path = (httptools.parse_url(self._url).path or b"/").decode("ascii", "replace")
        except httptools.HttpParserInvalidURLError:
            return Answer(400)
        try:
            return self._respond(self._source, method, path, self._body)
        except Exception:
            _log.exception("metadata could not be answered", source=self._source, path=path)
            return Answer(500)

    def _refuse(self, status: int) -> None:
        self._send(Answer(status), head_only=False, keep=False)

    def _send(self, answer: Answer, *, head_only: bool, keep: bool) -> None:
        if self._transport.is_closing():
            return
        head = (
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
            f"Content-Type: {answer.content_type}\r\n"
            f"Content-Length: {len(answer.body)}\r\n"
            f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
        )
        self._transport.write(head.encode() + (b"" if head_only else answer.body))
        if not keep:
            self._transport.close()

    def _later(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(IDLE_SECONDS, self._transport.abort)
