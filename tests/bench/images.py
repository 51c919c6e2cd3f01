"""Images beside a real Glance 33: the same requests, bytes and client in one run, one after the other."""

import http.client
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.measure import Rate, Row, as_installed, cpu_seconds, rate
from tests.bench.peers.glance import Glance
from tests.bench.peers.keystone import Keystone
from tests.support.client import Client
from tests.support.node import Node

MIB, RUNS, LISTED = 256, 3, 1000
GOALS = {
    f"upload of {MIB} MiB, with checksums": 2.0,
    f"download of {MIB} MiB": 4.0,
    f"list {LISTED:,} images": 40.0,
}
_IMAGE = {"name": "bench", "disk_format": "raw", "container_format": "bare", "visibility": "private"}
_KIND = {"Content-Type": "application/octet-stream", "Content-Length": str(MIB << 20)}


@dataclass
class Side:
    """Where images are (`base` ends before `/v2`), and what was seen there."""

    base: str
    client: Client
    processes: Callable[[], list[int]]
    seen: dict[str, Rate] = field(default_factory=dict)

    def measure(self) -> None:
        up, down, listed = GOALS
        where = urlsplit(self.base)
        self._path = where.path
        images = [str(self.client.post(f"{where.path}/v2/images", _IMAGE)["id"]) for _ in range(LISTED)]
        block = os.urandom(1 << 20)
        self.seen[up] = self._each(images[:RUNS], lambda image: self._upload(image, block))
        self.seen[down] = self._each(images[:RUNS] * 5, self._download)
        url = f"{self.base}/v2/images?limit={LISTED}"
        self.seen[listed] = rate(url, self.client.token, self.processes(), connections=1)
        assert not self.seen[listed].failed

    def _each(self, images: list[str], move: Callable[[str], None]) -> Rate:
        """Of images one after another: how many a second, and the processor time of one."""
        before, begun = cpu_seconds(self.processes()), time.perf_counter()
        for image in images:
            move(image)
        spent, took = cpu_seconds(self.processes()) - before, time.perf_counter() - begun
        return Rate(len(images) / took, spent * 1000 / len(images), 0)

    def _upload(self, image: str, block: bytes) -> None:
        connection = self._connection()
        connection.putrequest("PUT", f"{self._path}/v2/images/{image}/file")
        for name, value in {**_KIND, "X-Auth-Token": self.client.token}.items():
            connection.putheader(name, value)
        connection.endheaders()
        for _ in range(MIB):
            connection.send(block)
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 204, said
        connection.close()

    def _download(self, image: str) -> None:
        connection = self._connection()
        headers = {"X-Auth-Token": self.client.token}
        connection.request("GET", f"{self._path}/v2/images/{image}/file", headers=headers)
        answer, seen, buffer = connection.getresponse(), 0, bytearray(1 << 20)
        while count := answer.readinto(buffer):
            seen += count
        assert (answer.status, seen) == (200, MIB << 20)
        connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        where = urlsplit(self.base)
        return http.client.HTTPConnection(str(where.hostname), where.port, timeout=120)


def compare(folder: Path) -> list[Row]:
    ours, theirs = _ours(folder / "ours"), _theirs(folder)
    return [_row(what, ours[what], theirs[what], goal) for what, goal in GOALS.items()]


def _row(what: str, ours: Rate, theirs: Rate, goal: float) -> Row:
    cpu, rates = theirs.cpu_ms / max(ours.cpu_ms, 0.001), ours.per_second / theirs.per_second
    value = f"{ours.per_second:,.2f}/s {ours.cpu_ms:,.1f} ms : {theirs.per_second:,.2f}/s {theirs.cpu_ms:,.1f} ms"
    return Row(what, value, f"{rates:.1f}× by rate, {cpu:.1f}× by CPU; goal ≥ {goal:.0f}×")


def _ours(state: Path) -> dict[str, Rate]:
    environ = {"STACKLAB_QUOTA_IMAGES": "-1", **as_installed(state.parent)}
    node = Node(state, "simulated", **environ).start()
    try:
        process = node.process
        assert process
        side = Side(f"{node.url}/image", node.admin(), lambda: [process.pid])
        side.measure()
        return side.seen
    finally:
        node.purge()


def _theirs(folder: Path) -> dict[str, Rate]:
    keystone = Keystone(folder / "keystone-of-glance").start()
    try:
        peer = Glance(folder / "glance", keystone).start()
        try:
            client = Client("127.0.0.1", peer.port)
            client.token = keystone.admin().token
            side = Side(peer.url, client, peer.processes)
            side.measure()
            return side.seen
        finally:
            peer.stop()
    finally:
        keystone.stop()
