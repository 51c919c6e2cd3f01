"""Stopwatches: medians of calls, closed-loop rates by wrk, memory of a process."""

import json
import re
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import psutil

_SEND = """
wrk.method = "{method}"
wrk.headers["Content-Type"] = "{media}"
local file = io.open("{body}", "rb")
wrk.body = file:read("*a")
file:close()
local path = {path}
local number = 0
if path:find("{{n}}", 1, true) then
  request = function()
    number = number + 1
    return wrk.format(nil, (path:gsub("{{n}}", tostring(number))))
  end
end
"""


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


def rate(
    url: str,
    token: str,
    processes: int | list[int],
    headers: dict[str, str] | None = None,
    seconds: int = 3,
    body: bytes = b"",
    connections: int = 8,
    method: str = "POST",
) -> Rate:
    """Requests a second in a closed loop, and what one costs the server's processes.

    With a `body`: `method`, JSON if it is POST; `{n}` in the URL is then another number each time.
    """
    peers = [processes] if isinstance(processes, int) else processes
    sent = {**({"X-Auth-Token": token} if token else {}), **(headers or {})}
    words = [word for name, value in sent.items() for word in ("-H", f"{name}: {value}")]
    with TemporaryDirectory() as folder:
        if body:
            script, data = Path(folder) / "send.lua", Path(folder) / "body"
            data.write_bytes(body)
            media = "application/json" if method == "POST" else "application/octet-stream"
            path = json.dumps(urlsplit(url)._replace(scheme="", netloc="").geturl())
            script.write_text(_SEND.format(method=method, media=media, body=data, path=path))
            words += ["-s", str(script)]
        before = cpu_seconds(peers)
        load = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", *words, url]
        done = subprocess.run(load, capture_output=True, text=True, check=True, timeout=120)
        spent = cpu_seconds(peers) - before
    count = int(_find(r"(\d+) requests in", done.stdout))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    per_second = float(_find(r"Requests/sec:\s+([\d.]+)", done.stdout))
    return Rate(per_second, spent * 1000 / max(count, 1), int(refused[1]) if refused else 0)


def as_installed(folder: Path) -> dict[str, str]:
    """Environment of a node as `make install` leaves it: what only the test tools bring is not to be found.

    structlog imports rich where there is one, which makes the process 10 MB larger.
    """
    hidden = folder / "hidden"
    hidden.mkdir(exist_ok=True)
    (hidden / "rich.py").write_text("raise ImportError")
    return {"PYTHONPATH": str(hidden)}


def memory_mb(processes: int | list[int]) -> float:
    """Memory in MB: of one process what is resident; of several their shares, so that shared pages count once."""
    if isinstance(processes, int):
        return float(psutil.Process(processes).memory_info().rss) / 1e6
    return sum(float(psutil.Process(process).memory_full_info().pss) for process in processes) / 1e6


def cpu_seconds(processes: list[int]) -> float:
    """Processor time they have used since they were started."""
    times = [psutil.Process(process).cpu_times() for process in processes]
    return sum(float(time.user + time.system) for time in times)


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found[1]


def show(title: str, rows: list[Row]) -> None:
    """Print a table."""
    print(f"\n{title}")
    for row in rows:
        print(f"  {row.what:<52} {row.value:>26}   {row.goal}")
