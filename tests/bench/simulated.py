"""The APIs themselves, on the simulated driver: start, memory, rates, and how each grows with the region."""

import time
from pathlib import Path

from tests.bench import seed
from tests.bench.measure import Row, as_installed, memory_mb, milliseconds, rate
from tests.support.client import Client, until
from tests.support.node import Node


def cold_start(node: Node) -> float:
    """Seconds from the second start of a process to `/readyz`."""
    start = time.perf_counter()
    node.start()
    return time.perf_counter() - start


def growth(folder: Path, sizes: list[int]) -> list[tuple[int, list[Row]]]:
    """The same measurements at each number of servers."""
    node = Node(folder / "state").start()
    try:
        client = node.admin("2.37")
        seed.unlimited(client)
        return [(size, _at(node, client, size)) for size in sizes]
    finally:
        node.purge()


def start_and_memory(folder: Path) -> list[Row]:
    node = Node(folder / "fresh", **as_installed(folder)).start()
    try:
        node.stop()
        seconds = [_restart(node) for _ in range(3)]
        assert node.process
        return [
            Row("cold start to /readyz, simulated (median of 3)", f"{sorted(seconds)[1]:.2f} s", "goal ≤ 1.5 s"),
            Row("idle memory, simulated", f"{memory_mb(node.process.pid):.0f} MB", "goal ≤ 80 MB"),
        ]
    finally:
        node.purge()


def _restart(node: Node) -> float:
    if node.process:
        node.stop()
    return cold_start(node)


def _at(node: Node, client: Client, size: int) -> list[Row]:
    seed.fill(client, size)
    assert node.process
    process, token = node.process.pid, client.token
    made = seed.body(client, "bench")
    rows = [
        Row(
            "POST /servers → 202, median of 100",
            _one_by_one(milliseconds(lambda: _create(client, made), 100)),
            "goal ≤ 15 ms",
        )
    ]
    until("the queue to be empty", lambda: not seed.building(client), 300, 0.2)
    rows.append(Row("created → ACTIVE → gone, median of 20", f"{milliseconds(lambda: _live(client, made), 20):.0f} ms"))
    server = client.get("/compute/v2.1/servers?limit=1")["servers"][0]["id"]
    for what, path, headers in (
        ("check a token", "/identity/v3/auth/tokens", {"X-Subject-Token": token}),
        ("show a server", f"/compute/v2.1/servers/{server}", {}),
        ("list 25 servers, detail", "/compute/v2.1/servers/detail?limit=25", {}),
        (f"list {min(size, 1000)} servers, detail", "/compute/v2.1/servers/detail", {}),
        ("list networks", "/network/v2.0/networks", {}),
        ("list images", "/image/v2/images", {}),
    ):
        seen = rate(node.url + path, token, process, headers)
        assert not seen.failed, f"{what}: {seen.failed} refused"
        rows.append(Row(what, f"{seen.per_second:,.1f}/s  {seen.cpu_ms:.2f} ms CPU"))
    rows.append(Row("issue a token by password, median of 20", _one_by_one(milliseconds(lambda: node.admin(), 20))))
    rows.append(Row("memory", f"{memory_mb(process):.0f} MB"))
    return rows


def _one_by_one(ms: float) -> str:
    """A median and the rate of one client that waits for each answer."""
    return f"{ms:.1f} ms  {1000 / ms:,.0f}/s"


def _create(client: Client, body: dict[str, object]) -> str:
    return str(client.post("/compute/v2.1/servers", body)["server"]["id"])


def _live(client: Client, body: dict[str, object]) -> None:
    path = f"/compute/v2.1/servers/{_create(client, body)}"
    until("ACTIVE", lambda: client.get(path)["server"]["status"] == "ACTIVE", 60, 0.002)
    client.delete(path)
    until("gone", lambda: client.raw("GET", path)[0] == 404, 60, 0.002)
