"""Stopwatches: medians of calls, closed-loop rates by wrk, memory of a process."""

import re
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `goal` is the design's, empty when it has none."""

    what: str
    value: str
    goal: str = ""


def milliseconds(call: Callable[[], Any], times: int) -> float:
    """Median duration of a call."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        spent.append((time.perf_counter() - start) * 1000)
    return statistics.median(spent)


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float
    cpu_ms: float  # of the server's process, per request
    failed: int


def rate(url: str, token: str, process: int, headers: dict[str, str] | None = None, seconds: int = 3) -> Rate:
    """Requests a second with eight connections, and what one costs the server."""
    sent = {"X-Auth-Token": token, **(headers or {})}
    words = [word for name, value in sent.items() for word in ("-H", f"{name}: {value}")]
    before = _cpu(process)
    done = subprocess.run(
        ["wrk", "-t1", "-c8", f"-d{seconds}s", *words, url], capture_output=True, text=True, check=True, timeout=60
    )
    spent = _cpu(process) - before
    count = int(_find(r"(\d+) requests in", done.stdout))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    per_second = float(_find(r"Requests/sec:\s+([\d.]+)", done.stdout))
    return Rate(per_second, spent * 1000 / max(count, 1), int(refused[1]) if refused else 0)


def memory_mb(process: int) -> float:
    """Resident memory of the process itself, in MB."""
    return float(psutil.Process(process).memory_info().rss) / 1e6


def _cpu(process: int) -> float:
    times = psutil.Process(process).cpu_times()
    return float(times.user + times.system)


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found[1]


def show(title: str, rows: list[Row]) -> None:
    """Print a table."""
    print(f"\n{title}")
    for row in rows:
        print(f"  {row.what:<52} {row.value:>26}   {row.goal}")
