"""Memory while many move large objects at once, slow readers among them; and what somebody who works notices of it."""

import http.client
import os
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.measure import Row, memory_mb
from tests.bench.objects import account_of
from tests.support.node import Node

STREAMS, SIZE = 64, 256 << 20
"""Half of them upload, half download; a quarter of the downloads read a little and then stand still."""
_BLOCK = os.urandom(1 << 20)


def compare(folder: Path) -> list[Row]:
    """The most the process had while they moved, less what it had before."""
    node = Node(folder / "flat").start()
    try:
        base, token = account_of(node)
        account = _Account(base, token)
        account.put("flat", None)
        for bucket in range(STREAMS // 2):
            account.put(f"flat-{bucket % 8}", None)
        account.put("flat/source", SIZE)
        assert node.process
        before = memory_mb(node.process.pid)
        begun = time.perf_counter()
        with ProcessPoolExecutor(1) as others:  # what they keep an interpreter busy with is not what is waited for here
            most, waits = _watch(node.process.pid, account, others.submit(_move, account))
        seconds = time.perf_counter() - begun
    finally:
        node.purge()
    moved = f"{STREAMS} streams of {SIZE >> 20} MiB in {seconds:.0f} s"
    return [
        Row(f"memory, {moved}", f"{before:.0f} → {max(most):.0f} MB", "goal ≤ 30 MB more"),
        Row("HEAD of an object meanwhile", f"median {statistics.median(waits):.1f}, worst {max(waits):.0f} ms"),
    ]


class _Account:
    def __init__(self, base: str, token: str) -> None:
        self._where, self._headers = urlsplit(base), {"X-Auth-Token": token}

    def _ask(self, method: str, path: str, size: int | None) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(str(self._where.hostname), self._where.port, timeout=280)
        body = None if size is None else _blocks(size)
        length = {} if size is None else {"Content-Length": str(size)}
        connection.request(method, f"{self._where.path}/{path}", body, {**self._headers, **length})
        return connection

    def put(self, path: str, size: int | None) -> None:
        connection = self._ask("PUT", path, 0 if size is None else size)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert answer.status in (201, 202), f"PUT {path}: {answer.status}"

    def get(self, path: str) -> int:
        answer = self._ask("GET", path, None).getresponse()
        buffer, found = bytearray(1 << 18), 0
        while count := answer.readinto(buffer):
            found += count
        return found

    def stall(self, path: str) -> http.client.HTTPResponse:
        answer = self._ask("GET", path, None).getresponse()
        answer.read(1000)
        return answer

    def head(self, path: str) -> None:
        connection = self._ask("HEAD", path, None)
        connection.getresponse().read()
        connection.close()


def _blocks(size: int) -> Iterator[bytes]:
    for _ in range(size >> 20):
        yield _BLOCK


def _move(account: _Account) -> None:
    each = STREAMS // 2
    standing = [account.stall("flat/source") for _ in range(each // 4)]
    with ThreadPoolExecutor(STREAMS) as pool:
        up = [pool.submit(account.put, f"flat-{number % 8}/{number}", SIZE) for number in range(each)]
        down = [pool.submit(account.get, "flat/source") for _ in range(each - len(standing))]
        for put in up:
            put.result()
        assert all(get.result() == SIZE for get in down)
    for answer in standing:
        answer.close()


def _watch(process: int, account: _Account, moving: Future[None]) -> tuple[list[float], list[float]]:
    """The memory of the process in MB, and how many ms a HEAD took, ten times a second or less."""
    most, waits = [], []
    while not wait([moving], 0.1).done:
        most.append(memory_mb(process))
        begun = time.perf_counter()
        account.head("flat/source")
        waits.append((time.perf_counter() - begun) * 1000)
    moving.result()
    return most, waits
