"""A flood of log-ins beside somebody who works: what the hashing of strangers' passwords costs the rest of the APIs."""

import json
import statistics
import threading
import time
from pathlib import Path

from tests.bench import identity
from tests.bench.measure import Row, rate
from tests.support.client import Client
from tests.support.node import Node

SECONDS = 6
FLOOD = 64  # connections that log in without a pause


def compare(folder: Path) -> list[Row]:
    """One client's latencies, alone and while FLOOD others log in."""
    node = Node(folder / "flood").start()
    try:
        alone = _latencies(node, SECONDS)
        flooding = threading.Thread(target=_flood, args=(identity.side(node),))
        flooding.start()
        time.sleep(1)  # the flood is under way
        flooded = _latencies(node, SECONDS - 2)
        flooding.join()
    finally:
        node.purge()
    return [
        _row("show a token, median", statistics.median(alone), statistics.median(flooded)),
        _row("show a token, 99th percentile", _percentile(alone), _percentile(flooded)),
    ]


def _row(what: str, alone: float, flooded: float) -> Row:
    return Row(what, f"{alone:.2f} → {flooded:.2f} ms", f"{flooded / alone:.1f}×")


def _percentile(spent: list[float]) -> float:
    return statistics.quantiles(spent, n=100)[98]


def _latencies(node: Node, seconds: float) -> list[float]:
    """Milliseconds of one GET after the other, a hundred a second: somebody who works, not a second flood."""
    client: Client = node.admin()
    headers = {"x-subject-token": client.token}
    spent = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        begun = time.perf_counter()
        status = client.raw("GET", "/identity/v3/auth/tokens", None, headers)[0]
        spent.append((time.perf_counter() - begun) * 1000)
        assert status == 200
        time.sleep(0.01)
    return spent


def _flood(side: identity.Side) -> None:
    body = json.dumps({"auth": identity.by_password(side)}).encode()
    rate(f"{side.base}/auth/tokens", "", side.processes, None, SECONDS, body, FLOOD)
