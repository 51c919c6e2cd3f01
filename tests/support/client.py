"""A thin HTTP client for scenarios, crash tests and benchmarks: log in once, speak JSON, keep the connection."""

import http.client
import json
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class Refused(Exception):
    """An answer of 400 or above."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body[:400]}")
        self.status = status


def until(what: str, look: Callable[[], T], seconds: float = 60, every: float = 0.05) -> T:
    """Wait for `look()` to be true and return it; the failure names what was waited for and what was seen last."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}; last seen: {seen!r}"
        time.sleep(every)


def admin_password(state: Path) -> str:
    """The one that the first start made up and wrote to STATE/clouds.yaml."""
    found = re.search(r'password: "([^"]+)"', (state / "clouds.yaml").read_text())
    assert found
    return found[1]


class Client:
    """`Client(host, port).login("admin", password, "admin")`, then `get("/compute/v2.1/servers")`."""

    def __init__(self, host: str, port: int, microversion: str = "2.1", identity: str = "/identity") -> None:
        self.host, self.port, self.identity = host, port, identity
        self.microversion = microversion
        self.token = ""
        self._connection: http.client.HTTPConnection | None = None

    def login(self, user: str, password: str, project: str | None = None) -> "Client":
        domain = {"name": "Default"}
        person = {"name": user, "domain": domain, "password": password}
        auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": person}}}
        if project:
            auth["scope"] = {"project": {"name": project, "domain": domain}}
        status, headers, body = self.raw("POST", f"{self.identity}/v3/auth/tokens", {"auth": auth})
        if status != 201:
            raise Refused(status, body.decode())
        self.token = headers["x-subject-token"]
        return self

    def login_admin(self, state: Path) -> "Client":
        return self.login("admin", admin_password(state), "admin")

    def raw(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case) and body; reconnects once when the server closed the kept connection."""
        sent = {"x-auth-token": self.token, "openstack-api-version": f"compute {self.microversion}", **(headers or {})}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None and "content-type" not in sent:
            sent["content-type"] = "application/json"
        fresh = self._connection is None
        try:
            return self._exchange(method, path, data, sent)
        except (http.client.HTTPException, OSError):
            self.close()
            if fresh or method == "POST":
                raise
            return self._exchange(method, path, data, sent)

    def _exchange(
        self, method: str, path: str, data: bytes | None, sent: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.request(method, path, data, sent)
        answer = self._connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded body. Raises Refused."""
        status, _headers, data = self.raw(method, path, body)
        if status >= 400:
            raise Refused(status, data.decode())
        return json.loads(data) if data else None

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any) -> Any:
        return self.call("POST", path, body)

    def put(self, path: str, body: Any) -> Any:
        return self.call("PUT", path, body)

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)

    def one(self, path: str, collection: str, name: str) -> str:
        """The id of the one thing of this name in a list."""
        (found,) = [thing["id"] for thing in self.get(path)[collection] if thing["name"] == name]
        return str(found)

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
