"""An answer that is at hand, in one write: ASGI's two messages cost uvicorn twice what this does."""

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

from stacklab.http.respond import Headers

_BODILESS = (204, 304)


class Whole:
    """One answer's way to the socket (http.respond.AtOnce)."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def __call__(self, status: int, headers: Headers, body: bytes | bytearray) -> bool:
        """What asks for more than writing goes by messages: a client that takes nothing, one that waits to be told to
        go on, headers about the connection. Raises RuntimeError for headers that are none."""
        cycle = self._cycle
        if cycle.disconnected or cycle.flow.write_paused or cycle.waiting_for_100_continue:
            return False
        head, length = _head(cycle, status, headers)
        silent = cycle.scope["method"] == "HEAD" or status in _BODILESS
        if not head or (length != len(body) and not silent):
            return False
        cycle.response_started = True
        cycle.transport.write(head if silent else head + body)
        _complete(cycle)
        return True


def _head(cycle: RequestResponseCycle, status: int, headers: Headers) -> tuple[bytes, int]:
    """Status line and headers, and the length they tell; empty where one is about the connection."""
    lines, length = [STATUS_LINE[status]], 0
    told = [*cycle.default_headers, *headers]
    names, values = zip(*told, strict=True)
    if HEADER_RE.search(b"".join(names)) or HEADER_VALUE_RE.search(b"".join(values)):
        raise RuntimeError("Invalid HTTP header.")
    for name, value in told:
        if name == b"content-length":
            length = int(value)
        elif name in (b"connection", b"transfer-encoding"):
            return b"", 0
        lines += (name, b": ", value, b"\r\n")
    lines.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
    return b"".join(lines), length


def _complete(cycle: RequestResponseCycle) -> None:
    """As uvicorn ends an answer."""
    cycle.chunked_encoding = False
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
