"""The metadata service: HTTP on the addresses it is given and nowhere else; who asks is known by the source address.

It has an event loop in a thread of its own: guests that boot cannot slow the API, and binding is a plain call.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from stacklab.host.metadata.connection import Answer, MetadataConnection
from stacklab.host.metadata.spec import InstanceFacts, InstanceLookup
from stacklab.host.metadata.tree import answer

T = TypeVar("T")

PASSWORD_LIMIT = 1020
"""Bytes; four metadata values of 255 in Nova."""


class Passwords(Protocol):
    """Where the (encrypted) passwords that guests post are kept."""

    def read(self, server_id: str) -> bytes: ...
    def write_once(self, server_id: str, password: bytes) -> bool:
        """False when there is one already."""
        ...


class MetadataServer:
    """`lookup` is called on the server's own thread, with the address a connection came from."""

    def __init__(self, lookup: InstanceLookup, passwords: Passwords | None = None) -> None:
        self._lookup, self._passwords = lookup, passwords
        self._connections: set[MetadataConnection] = set()
        self._servers: dict[tuple[str, int], asyncio.Server] = {}
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="metadata", daemon=True)
        self._thread.start()

    def bind(self, address: str, port: int) -> int:
        """Serve there too; the same twice is no error. Returns the port (a free one for 0). OSError if it is taken."""
        with self._lock:
            if (address, port) in self._servers:
                return port
            server = self._call(self._open(address, port))
            bound = int(server.sockets[0].getsockname()[1])
            self._servers[address, bound] = server
            return bound

    def unbind(self, address: str, port: int) -> None:
        """Serve there no longer; connections that are open finish their request."""
        with self._lock:
            server = self._servers.pop((address, port), None)
            if server:
                self._loop.call_soon_threadsafe(server.close)

    def binds(self) -> list[tuple[str, int]]:
        return list(self._servers)

    def close(self) -> None:
        for address, port in self.binds():
            self.unbind(address, port)
        self._call(self._end_connections())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def respond(self, source: str, method: str, path: str, body: bytes) -> Answer:
        """One request. An address that is no instance's learns nothing, not even which paths exist."""
        facts = self._lookup(source)
        if facts is None:
            return Answer(404)
        if method == "POST":
            return self._post(facts, path, body)
        if method not in ("GET", "HEAD"):
            return Answer(405)
        if self._passwords and _is_password(path):
            return Answer(200, self._passwords.read(facts.id))
        found = answer(facts, path)
        return Answer(200, *found) if found else Answer(404)

    def _post(self, facts: InstanceFacts, path: str, body: bytes) -> Answer:
        """A guest may post its password once."""
        if not _is_password(path):
            return Answer(404)
        if self._passwords is None:
            return Answer(405)
        if not body or len(body) > PASSWORD_LIMIT:
            return Answer(400)
        return Answer(200 if self._passwords.write_once(facts.id, body) else 409)

    async def _open(self, address: str, port: int) -> asyncio.Server:
        listener = socket.create_server((address, port), backlog=512)
        listener.setblocking(False)
        return await self._loop.create_server(
            lambda: MetadataConnection(self.respond, self._connections), sock=listener
        )

    async def _end_connections(self) -> None:
        for connection in list(self._connections):
            connection.abort()
        while self._connections:
            await asyncio.sleep(0)

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _is_password(path: str) -> bool:
    parts = [part for part in path.split("/") if part]
    return len(parts) == 3 and parts[0] == "openstack" and parts[2] == "password"
