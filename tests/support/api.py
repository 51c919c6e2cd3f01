"""Call the dispatcher in-process, as a client would over HTTP, with tokens that are just names of personas."""

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from stacklab.core.errors import Unauthorized
from stacklab.http.context import Caller
from stacklab.http.dispatch import Dispatch, Mount

PROJECT = "0123456789abcdef0123456789abcde0"
OTHER = "0123456789abcdef0123456789abcde1"


def caller(name: str, role: str, project: str | None = PROJECT, **more: Any) -> Caller:
    """A caller with a role and what it implies."""
    order = ["admin", "manager", "member", "reader"]
    roles = frozenset(order[order.index(role) :]) if role in order else frozenset({role})
    return Caller(
        user_id=f"user-{name}",
        user_name=name,
        user_domain_id="default",
        roles=roles,
        project_id=project,
        project_name=project and f"project-{project[-1]}",
        project_domain_id=project and "default",
        **more,
    )


PERSONAS = {
    "reader": caller("reader", "reader"),
    "member": caller("member", "member"),
    "manager": caller("manager", "manager"),
    "admin": caller("admin", "admin", project="0123456789abcdef0123456789abcdea"),
    "other": caller("other", "member", project=OTHER),
    "system": caller("system", "admin", project=None, system=True),
    "unscoped": Caller("user-unscoped", "unscoped", "default"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.raw)


class Api:
    """`Api(mount, …).get("/compute/v2.1/servers", "member")`; the persona is the token."""

    def __init__(self, *mounts: Mount) -> None:
        self._executor = ThreadPoolExecutor(2)
        self.app = Dispatch(list(mounts), self._authenticate, self._executor)

    def _authenticate(self, token: str) -> Caller:
        if token not in PERSONAS:
            raise Unauthorized("The request you have made requires authentication.")
        return PERSONAS[token]

    def call(
        self, method: str, url: str, persona: str | None = None, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        raw = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        return asyncio.run(self._call(method, url, persona, raw, headers or {}))

    async def _call(self, method: str, url: str, persona: str | None, raw: bytes, headers: dict[str, str]) -> Answer:
        path, _, query = url.partition("?")
        sent = {"host": "cloud.test", "accept": "application/json", "content-length": str(len(raw)), **headers}
        if persona:
            sent["x-auth-token"] = persona
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": quote(path, safe="/%~:").encode(),
            "query_string": query.encode(),
            "scheme": "http",
            "client": ("127.0.0.1", 1234),
            "headers": [(k.lower().encode(), v.encode()) for k, v in sent.items()],
        }
        messages: list[dict[str, Any]] = []

        bodies = [raw]

        async def receive() -> dict[str, Any]:
            if not bodies:
                # A client that stays: the next message would be its leaving.
                await asyncio.Event().wait()
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        found = {k.decode().lower(): v.decode() for k, v in messages[0]["headers"]}
        data = b"".join(m.get("body", b"") for m in messages[1:])
        return Answer(messages[0]["status"], found, gzip.decompress(data) if "content-encoding" in found else data)

    def get(self, url: str, persona: str | None = None, **more: Any) -> Answer:
        return self.call("GET", url, persona, **more)

    def post(self, url: str, persona: str | None = None, body: Any = None, **more: Any) -> Answer:
        return self.call("POST", url, persona, body, **more)

    def put(self, url: str, persona: str | None = None, body: Any = None, **more: Any) -> Answer:
        return self.call("PUT", url, persona, body, **more)

    def patch(self, url: str, persona: str | None = None, body: Any = None, **more: Any) -> Answer:
        return self.call("PATCH", url, persona, body, **more)

    def delete(self, url: str, persona: str | None = None, **more: Any) -> Answer:
        return self.call("DELETE", url, persona, **more)
