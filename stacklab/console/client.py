"""The console's HTTP client: the public APIs over loopback, with the visitor's own token, and nothing else."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import msgspec

from stacklab.console.calls import COMPUTE_VERSION, Call, masked
from stacklab.console.faults import Fault, SessionOver, message_of
from stacklab.core import clock

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=5)


class Http:
    """One connection pool for the process, opened at the first call (it needs the running loop)."""

    def __init__(self, api_url: str) -> None:
        self.api_url = api_url.rstrip("/")
        self._pool: aiohttp.ClientSession | None = None

    def pool(self) -> aiohttp.ClientSession:
        if self._pool is None or self._pool.closed:
            self._pool = aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())
        return self._pool

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()


class Api:
    """The calls of one visitor during one request. Every call is recorded; `record` also gets it, for the request log.

    Raises Fault for a refusal, SessionOver when a token that was sent is not accepted.
    """

    def __init__(
        self, http: Http, token: str = "", visitor: str = "", record: Callable[[Call], None] | None = None
    ) -> None:
        self._http = http
        self._token = token
        self._visitor = visitor
        self._record = record
        self._extra: dict[str, str] = {}
        self.calls: list[Call] = []

    def with_headers(self, headers: dict[str, str]) -> "Api":
        """The same client with these headers on every call; its calls are recorded with ours."""
        other = Api(self._http, self._token, self._visitor, self._record)
        other._extra, other.calls = {**self._extra, **headers}, self.calls
        return other

    def unrecorded(self) -> "Api":
        """For the looks of a stream: its calls stay out of the request log."""
        return Api(self._http, self._token, self._visitor)

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
        status, _headers, found = await self.exchange(method, path, body)
        if status == 401 and self._token:
            raise SessionOver
        if status >= 400:
            raise Fault(status, message_of(status, found))
        return msgspec.json.decode(found) if found else None

    async def exchange(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case) and raw body. Raises Fault(0) when nobody answers."""
        data = None if body is None else msgspec.json.encode(body)
        began = clock.now()
        try:
            async with self._http.pool().request(
                method, self._http.api_url + path, data=data, headers=self._headers(path), allow_redirects=False
            ) as answer:
                found = await answer.read()
                headers = {name.lower(): value for name, value in answer.headers.items()}
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise Fault(0, str(error)) from error
        ms = (clock.now() - began) // 1000
        call = Call(method, path, answer.status, ms, headers.get("x-openstack-request-id", ""), masked(body))
        self.calls.append(call)
        if self._record:
            self._record(call)
        return answer.status, headers, found

    def _headers(self, path: str) -> dict[str, str]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token:
            headers["X-Auth-Token"] = self._token
        if path.startswith("/compute/"):
            headers["OpenStack-API-Version"] = f"compute {COMPUTE_VERSION}"
        if self._visitor:
            # Sign-up and log-in limit their rate by the visitor's address, which is not ours.
            headers["X-Forwarded-For"] = self._visitor
        return headers | self._extra


def segment(text: str) -> str:
    """A text as one path segment: key pairs are addressed by names that may hold anything."""
    return quote(text, safe="")
