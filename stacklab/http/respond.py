"""From a Reply to ASGI messages: JSON, gzip where it pays, headers; and headers added to somebody else's answer."""

import gzip
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from stacklab.http.body import Receive
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi

_encode = msgspec.json.Encoder().encode
_GZIP_FROM = 2048  # bytes: below, the saving is less than a packet
_LOCAL = ("127.0.0.1", "::1", "testclient")
_OWN = re.compile(r"x-(object|container|account)-meta-")
Headers = list[tuple[bytes, bytes]]

AT_ONCE = "stacklab.at_once"
"""The ASGI extension of our own server (cli/whole.py), an `AtOnce`: headers and body are one write."""
AtOnce = Callable[[int, Headers, bytes | bytearray], bool]
"""Write a whole answer, whose length its headers tell. False where it has to go by messages, and nothing was done."""


class Ready(Struct, frozen=True):
    """A whole answer as an ASGI application; the headers tell the length of a body."""

    status: int
    headers: Headers
    body: bytes | bytearray = b""

    async def __call__(self, scope: Any, _receive: Receive, send: Any) -> None:
        at_once: AtOnce | None = (scope.get("extensions") or {}).get(AT_ONCE)
        if at_once and at_once(self.status, self.headers, self.body):
            return
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def ready(reply: Reply, request: Request, extra: Headers) -> Ready:
    """One reply as it is written. HEAD gets the headers of GET without the body."""
    body = reply.body
    data = b"" if body is None else body if isinstance(body, bytes) else _encode(body)
    headers = encoded(reply.headers) + extra
    if data:
        headers.append((b"content-type", reply.media.encode()))
    if _pays(data, request):
        data = gzip.compress(data, 1)
        headers += [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
    if reply.status != 204:
        headers.append((b"content-length", str(len(data)).encode()))
    return Ready(reply.status, headers, b"" if request.method == "HEAD" else data)


def encoded(headers: Mapping[str, str]) -> Headers:
    """Headers as they are written."""
    return [(_spelled(name), value.encode("latin-1")) for name, value in headers.items()]


@lru_cache(1024)
def _spelled(name: str) -> bytes:
    """Small letters, but for the names that people give themselves: the `openstack` command shows those as they come,
    and from Swift they come as X-Object-Meta-Colour."""
    name = name.lower()
    return name.encode("latin-1").title() if _OWN.match(name) else name.encode("latin-1")


def _pays(data: bytes, request: Request) -> bool:
    """Compressing saves a network what it costs in CPU; a client on this machine would only wait for it."""
    return (
        len(data) >= _GZIP_FROM
        and request.client not in _LOCAL
        and "gzip" in request.headers.get("accept-encoding", "")
    )


async def pass_on(answer: Asgi, scope: Any, receive: Receive, send: Any, extra: Headers) -> None:
    """Run a response, a Starlette one or our own, with our headers added."""
    if isinstance(answer, Ready):
        answer.headers.extend(extra)
        await answer(scope, receive, send)
        return

    async def adding(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    # What changes messages on their way has them all come by.
    offered = {name: way for name, way in (scope.get("extensions") or {}).items() if name != AT_ONCE}
    await answer({**scope, "extensions": offered}, receive, adding)
