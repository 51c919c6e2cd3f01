"""The console's HTTP client: home's public APIs over loopback and a region's where its catalogue says, with the
visitor's own token for each, and nothing else.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from yarl import URL

from stacklab.console.calls import COMPUTE_VERSION, FILE, Call, masked, shown
from stacklab.console.faults import Fault, SessionOver, message_of
from stacklab.console.places import HERE, Place
from stacklab.core import clock

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=5)
BYTES = aiohttp.ClientTimeout(total=None, connect=5, sock_read=300)  # an upload takes as long as it takes
FAR = aiohttp.ClientTimeout(total=10, connect=2)  # a region on the other end of somebody's line
MOST = 100  # connections to one place at once: a region that is slow takes nobody else's
LARGEST = 32 << 20  # bytes of one answer: a sponsor's machine must not be able to fill ours
AWAY = 3 * clock.SECOND  # how long a place that did not answer is not asked again


class Http:
    """One connection pool for the process, opened at the first call (it needs the running loop)."""

    def __init__(self, api_url: str) -> None:
        self.api_url = api_url.rstrip("/")
        self._pool: aiohttp.ClientSession | None = None
        self._away: dict[str, int] = {}

    def pool(self) -> aiohttp.ClientSession:
        if self._pool is None or self._pool.closed:
            self._pool = aiohttp.ClientSession(
                timeout=TIMEOUT,
                cookie_jar=aiohttp.DummyCookieJar(),
                connector=aiohttp.TCPConnector(limit=0, limit_per_host=MOST),
            )
        return self._pool

    def away(self, region: str) -> bool:
        """Whether a region failed to answer a moment ago."""
        return self._away.get(region, 0) > clock.now()

    def missed(self, region: str) -> None:
        if region:
            self._away[region] = clock.now() + AWAY

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()


class Api:
    """The calls of one visitor during one request. Every call is recorded; `record` also gets it, for the request log.

    `place` is where the region's services are; identity and sign-up are always home's. Raises Fault for a refusal and
    where nobody answers, SessionOver when home does not accept the token that was sent.
    """

    def __init__(
        self,
        http: Http,
        token: str = "",
        visitor: str = "",
        record: Callable[[Call], None] | None = None,
        place: Place = HERE,
    ) -> None:
        self._http = http
        self._token = token
        self._visitor = visitor
        self._record = record
        self._place = place
        self._extra: dict[str, str] = {}
        self.calls: list[Call] = []

    def with_headers(self, headers: dict[str, str]) -> "Api":
        """The same client with these headers on every call; its calls are recorded with ours."""
        other = Api(self._http, self._token, self._visitor, self._record, self._place)
        other._extra, other.calls = {**self._extra, **headers}, self.calls
        return other

    def unrecorded(self) -> "Api":
        """For the looks of a stream: its calls stay out of the request log."""
        return Api(self._http, self._token, self._visitor, place=self._place)

    def with_token(self, token: str) -> "Api":
        other = Api(self._http, token, self._visitor, self._record)
        other.calls = self.calls
        return other

    async def get(self, path: str, **query: str | int) -> Any:
        return await self.call("GET", path + ("?" + urlencode(query) if query else ""))

    async def post(self, path: str, body: Any) -> Any:
        return await self.call("POST", path, body)

    async def delete(self, path: str) -> None:
        await self.call("DELETE", path)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded JSON answer, or None when it is empty."""
        _headers, found = await self.answer(method, path, body)
        try:
            return msgspec.json.decode(found) if found else None
        except msgspec.DecodeError as error:
            raise Fault(502, f"{path}: the answer is not JSON") from error

    async def answer(self, method: str, path: str, body: Any = None) -> tuple[dict[str, str], bytes]:
        """Headers (lower case) and raw body of an answer that is no refusal."""
        status, headers, found = await self.exchange(method, path, body)
        if status == 401 and self._token and not self._place.serves(path):
            raise SessionOver
        if status >= 400:
            wait = headers.get("retry-after", "")
            raise Fault(status, message_of(status, found), int(wait) if wait.isdecimal() else 0)
        return headers, found

    async def exchange(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case) and raw body. Raises Fault(0) when nobody answers.

        A body is JSON, bytes as they are, or an iterator over bytes that are sent as they come.
        """
        far = self._place.serves(path)
        region = self._place.region if far else ""
        url = self._place.url(path) if far else self._http.api_url + path
        if self._http.away(region):
            raise Fault(0, f"{region} does not answer")
        if not url:
            raise Fault(404, f"{region} has no such service")
        began = clock.now()
        try:
            status, headers, found = await self._send(method, url, body, path, FAR if far else TIMEOUT)
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            self._http.missed(region)
            raise Fault(0, f"{region} {error}".strip()) from error
        ms = (clock.now() - began) // 1000
        request_id = headers.get("x-openstack-request-id", "")
        call = Call(method, path, status, ms, request_id, _sent(body), url if far else "", shown(self._extra))
        self.calls.append(call)
        if self._record:
            self._record(call)
        return status, headers, found

    async def _send(
        self, method: str, url: str, body: Any, path: str, timeout: aiohttp.ClientTimeout
    ) -> tuple[int, dict[str, str], bytes]:
        stream = isinstance(body, AsyncIterator)
        data = body if stream or body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        headers = self._headers(path)
        # Encoded already: the library would take `a/../b`, a good name of an object, for another one.
        async with self._http.pool().request(
            method,
            URL(url, encoded=True),
            data=data,
            headers=headers,
            allow_redirects=False,
            timeout=BYTES if stream else timeout,
        ) as answer:
            pieces, size = [], 0
            async for piece in answer.content.iter_any():
                size += len(piece)
                if size > LARGEST:
                    raise ValueError("the answer is too large")
                pieces.append(piece)
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, b"".join(pieces)

    def _headers(self, path: str) -> dict[str, str]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        far = self._place.serves(path)
        token = self._place.token if far else self._token
        if token:
            headers["X-Auth-Token"] = token
        if path.startswith("/compute/"):
            headers["OpenStack-API-Version"] = f"compute {COMPUTE_VERSION}"
        if self._visitor and not far:
            # Sign-up and log-in limit their rate by the visitor's address, which is not ours; no sponsor's business.
            headers["X-Forwarded-For"] = self._visitor
        return headers | self._extra


def _sent(body: Any) -> Any:
    """A body as the request log keeps it."""
    if isinstance(body, AsyncIterator):
        return FILE
    return body.decode(errors="replace") if isinstance(body, bytes) else masked(body)


def segment(text: str) -> str:
    """A text as one path segment: key pairs are addressed by names that may hold anything."""
    return quote(text, safe="")
