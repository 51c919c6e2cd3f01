"""One request as handlers see it."""

from typing import Any
from urllib.parse import parse_qsl

from stacklab.core import peers
from stacklab.core.errors import TooLarge
from stacklab.http.body import Body, Inlet, Receive
from stacklab.http.context import Context
from stacklab.http.microversion import NONE, Version
from stacklab.http.number import whole


class Query:
    """The query string: repeated keys keep their order."""

    __slots__ = ("pairs",)

    def __init__(self, raw: bytes) -> None:
        self.pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True) if raw else []

    def get(self, name: str, default: str | None = None) -> str | None:
        """The last value given for a name."""
        for key, value in reversed(self.pairs):
            if key == name:
                return value
        return default

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def names(self) -> list[str]:
        return list(dict.fromkeys(key for key, _ in self.pairs))

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self.pairs)

    def __bool__(self) -> bool:
        return bool(self.pairs)


class Request:
    """`path` holds the route's parameters, `body` the decoded struct, `version` the microversion, `base` the public
    URL of the service's mount (`http://host:8080/compute`) to build links from, `region` the one named in front of the
    path (`/identity/RegionTwo/v3`), "" where none is;
    `route` is the path as the route table has it (`/v3/users/{user_id}`), `client` who asks: the peer, or for whom a
    proxy or the console on this machine speaks."""

    __slots__ = ("_receive", "base", "body", "client", "ctx", "headers", "inlet", "limit", "method", "path", "query",
                 "region", "root", "route", "target", "version")  # fmt: skip

    def __init__(self, method: str, target: str, headers: dict[str, str], query: bytes, receive: Receive) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.query = Query(query)
        self.path: dict[str, str] = {}
        self.body: Any = None
        self.version: Version = NONE
        self.ctx = Context()
        self.base = ""
        self.route = ""
        self.root = ""
        self.region = ""
        self.client = ""
        self.limit = 1 << 20
        self.inlet: Inlet | None = None
        self._receive = receive

    @property
    def url(self) -> str:
        """The full public URL of this request, without its query."""
        return self.root + self.target

    @property
    def address(self) -> str:
        """Who asks, as limits count it."""
        return peers.counted(self.client)

    def stream(self) -> Body:
        """The body, chunk by chunk. Raises TooLarge past `limit` bytes, ConnectionError when the client leaves."""
        if self.inlet is None or "transfer-encoding" in self.headers:
            return Body(self._receive, self.limit)
        return Body(self._receive, self.limit, int(self.headers.get("content-length") or 0), self.inlet)

    async def read(self) -> bytes:
        """The whole body, at most `limit` bytes."""
        if (whole(self.headers.get("content-length", "")) or 0) > self.limit:
            raise TooLarge("Request is too large.")
        return b"".join([chunk async for chunk in self.stream()])
