"""Objects beside a real Swift 2.38 and nginx: the same requests, bytes and client in one run, one after the other."""

import http.client
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.measure import Rate, Row, rate
from tests.bench.peers.nginx import Nginx
from tests.bench.peers.swift import Swift
from tests.support.node import Node

SMALL, LARGE, LISTED = 4 << 10, 10 << 20, 10_000
GOALS = {
    "PUT 4 KiB, 16 connections": 10.0,
    "GET 4 KiB, 16 connections": 15.0,
    "PUT 10 MiB, 4 connections": 2.0,
    "GET 10 MiB, 4 connections": 5.0,
    f"list {LISTED:,} as JSON": 20.0,
}
_NGINX = "GET 10 MiB, 4 connections"


@dataclass
class Side:
    """Where objects are, and what was seen there."""

    base: str  # of the account
    token: str
    processes: Callable[[], list[int]]
    seen: dict[str, Rate] = field(default_factory=dict)

    def measure(self) -> None:
        content = {SMALL: os.urandom(SMALL), LARGE: os.urandom(1 << 20) * (LARGE >> 20)}
        self.fill(content)
        put, get = self._put, self._get
        put("PUT 4 KiB, 16 connections", "small/p{n}", content[SMALL], 16)
        get("GET 4 KiB, 16 connections", "small/o", 16)
        put("PUT 10 MiB, 4 connections", "large/p", content[LARGE], 4)
        get("GET 10 MiB, 4 connections", "large/o", 4)
        get(f"list {LISTED:,} as JSON", f"listed?format=json&limit={LISTED}", 1)

    def fill(self, content: Mapping[int, bytes]) -> None:
        where = urlsplit(self.base)
        connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=60)
        empty = [(f"listed/obj-{number:05d}", b"") for number in range(LISTED)]
        named = [("small/o", content[SMALL]), ("large/o", content[LARGE]), *empty]
        for path, data in [("small", b""), ("large", b""), ("listed", b""), *named]:
            connection.request("PUT", f"{where.path}/{path}", data, {"X-Auth-Token": self.token})
            answer = connection.getresponse()
            answer.read()
            assert answer.status in (201, 202), f"{path}: {answer.status}"
        connection.close()

    def _get(self, what: str, path: str, connections: int) -> None:
        seen = rate(f"{self.base}/{path}", self.token, self.processes(), connections=connections)
        self._keep(what, seen)

    def _put(self, what: str, path: str, data: bytes, connections: int) -> None:
        self._keep(
            what,
            rate(f"{self.base}/{path}", self.token, self.processes(), body=data, connections=connections, method="PUT"),
        )

    def _keep(self, what: str, seen: Rate) -> None:
        assert not seen.failed, f"{what}: {seen.failed} refused"
        self.seen[what] = seen


def compare(folder: Path) -> list[Row]:
    """Ours, Swift's and, for what is large, nginx's."""
    ours, theirs = _ours(folder / "ours"), _theirs(folder / "swift")
    bound = _nginx(folder)
    rows = [_row(what, ours[what], theirs[what], f"goal ≥ {goal:.0f}× by both") for what, goal in GOALS.items()]
    return [*rows, _row(f"{_NGINX} : nginx", ours[_NGINX], bound, "goal ≥ 0.8× by both")]


def _row(what: str, ours: Rate, theirs: Rate, goal: str) -> Row:
    cpu, rates = theirs.cpu_ms / max(ours.cpu_ms, 0.001), ours.per_second / theirs.per_second
    value = f"{ours.per_second:,.0f}/s {ours.cpu_ms:.2f} ms : {theirs.per_second:,.1f}/s {theirs.cpu_ms:.2f} ms"
    return Row(what, value, f"{rates:.1f}× by rate, {cpu:.1f}× by CPU; {goal}")


def _theirs(folder: Path) -> dict[str, Rate]:
    peer = Swift(folder).start()
    try:
        side = Side(peer.base, peer.token, peer.processes)
        side.measure()
        return side.seen
    finally:
        peer.stop()


def account_of(node: Node) -> tuple[str, str]:
    """The address of the administrator's account, and a token good for it."""
    client = node.admin()
    headers = {"x-subject-token": client.token}
    shown = json.loads(client.raw("GET", "/identity/v3/auth/tokens", None, headers)[2])
    return f"{node.url}/object-store/v1/AUTH_{shown['token']['project']['id']}", client.token


def _ours(folder: Path) -> dict[str, Rate]:
    node = Node(folder).start()
    try:
        process = node.process
        assert process
        side = Side(*account_of(node), lambda: [process.pid])
        side.measure()
        return side.seen
    finally:
        node.purge()


def _nginx(folder: Path) -> Rate:
    files = folder / "files"
    files.mkdir()
    (files / "large").write_bytes(os.urandom(1 << 20) * (LARGE >> 20))
    peer = Nginx(folder / "nginx", files).start()
    try:
        return rate(f"{peer.base}/large", "", peer.processes(), connections=4)
    finally:
        peer.stop()
