"""From a Reply to ASGI messages: JSON, gzip where it pays, headers; and headers added to somebody else's answer."""

import gzip
from typing import Any

import msgspec

from stacklab.http.reply import Reply
from stacklab.http.request import Receive, Request
from stacklab.http.routes import Asgi

_encode = msgspec.json.Encoder().encode
_GZIP_FROM = 2048  # bytes: below, the saving is less than a packet
_LOCAL = ("127.0.0.1", "::1", "testclient")
Headers = list[tuple[bytes, bytes]]


async def send(reply: Reply, request: Request, extra: Headers, send: Any) -> None:
    """Write one reply. HEAD gets the headers of GET without the body."""
    body = reply.body
    data = b"" if body is None else body if isinstance(body, bytes) else _encode(body)
    headers = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in reply.headers.items()]
    headers += extra
    if data:
        headers.append((b"content-type", reply.media.encode()))
    if _pays(data, request):
        data = gzip.compress(data, 1)
        headers += [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
    if reply.status != 204:
        headers.append((b"content-length", str(len(data)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else data})


def _pays(data: bytes, request: Request) -> bool:
    """Compressing saves a network what it costs in CPU; a client on this machine would only wait for it."""
    return (
        len(data) >= _GZIP_FROM
        and request.client not in _LOCAL
        and "gzip" in request.headers.get("accept-encoding", "")
    )


async def pass_on(answer: Asgi, scope: Any, receive: Receive, send: Any, extra: Headers) -> None:
    """Run a Starlette response with our headers added."""

    async def adding(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    await answer(scope, receive, adding)
