"""Files are synced for many who wait, by the kernel's queue and by threads alike."""

import asyncio
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacklab.core import disksync


@pytest.fixture(params=["queue", "threads"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(disksync, "_without", request.param == "threads")
    monkeypatch.setattr(disksync, "_queues", {})
    return str(request.param)


@pytest.fixture
def files(tmp_path: Path) -> Iterator[list[int]]:
    opened = [os.open(tmp_path / str(number), os.O_CREAT | os.O_WRONLY, 0o600) for number in range(5)]
    for file in opened:
        os.write(file, b"x" * 5000)
    yield opened
    for file in opened:
        os.close(file)


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What threads were asked to sync."""
    seen: list[int] = []
    real = os.fsync

    def noting(file: int) -> None:
        seen.append(file)
        real(file)

    monkeypatch.setattr(os, "fsync", noting)
    return seen


def test_files_and_folders(way: str, files: list[int], synced: list[int], tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    asyncio.run(disksync.sync(*files, folder))
    os.close(folder)
    assert synced == ([*files, folder] if way == "threads" else [])


def test_one_that_cannot_be_is_told(files: list[int]) -> None:
    reading, writing = os.pipe()
    for broken in (reading, 10_000):
        with pytest.raises(OSError, match=r"argument|descriptor") as told:
            asyncio.run(disksync.sync(files[0], broken))
        assert told.value.errno in (errno.EINVAL, errno.EBADF)
    os.close(reading)
    os.close(writing)


def test_more_than_the_kernel_takes(files: list[int], synced: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disksync, "_MOST", 3)
    asyncio.run(disksync.sync(*files))
    assert synced[-2:] == files[3:]


def test_who_waits_no_more_is_not_told_and_the_next_is(files: list[int]) -> None:
    async def run() -> None:
        first = asyncio.ensure_future(disksync.sync(*files))
        await asyncio.sleep(0)
        first.cancel()
        await disksync.sync(*files)
        assert first.cancelled()

    asyncio.run(run())


def test_every_loop_has_its_own(files: list[int]) -> None:
    async def many() -> None:
        await asyncio.gather(*(disksync.sync(file) for file in files))

    for _ in range(3):
        asyncio.run(many())
    assert len(disksync._queues) <= 1
