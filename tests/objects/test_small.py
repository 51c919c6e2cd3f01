"""Small files are written together, all or none; where, depends on how fast the disk took the last ones."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stacklab.core import disksync
from stacklab.objects.small import TINY, Here, Small


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def elsewhere(call: Callable[..., Any], *args: object) -> Any:
    return f"elsewhere: {call(*args)}"


def test_a_disk_that_made_the_loop_wait_is_left_to_threads_for_a_while() -> None:
    clock = Clock()
    here = Here(elsewhere, clock)

    def ask(takes: float, size: int = 1) -> str:
        def call() -> str:
            clock.now += takes
            return "done"

        return asyncio.run(here.run(size, call))

    assert ask(0.004) == "done"
    assert ask(0.004, TINY + 1) == "elsewhere: done"
    assert ask(0.020) == "done"  # once is no habit
    assert ask(0.020) == "done"
    assert ask(0.001) == "elsewhere: done"
    clock.now += 9
    assert ask(0.001) == "elsewhere: done"
    clock.now += 1
    assert ask(0.001) == "done"


@pytest.fixture
def small(tmp_path: Path) -> Small:
    (tmp_path / "aside").mkdir()
    for number in range(256):
        (tmp_path / "files" / f"{number:02x}").mkdir(parents=True)
    return Small(str(tmp_path / "files"), str(tmp_path / "aside"), Here(elsewhere))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_they_are_named_below_one_folder(small: Small, tmp_path: Path) -> None:
    contents = [[b"one"], [], [b"th", b"ree"]]
    stored = asyncio.run(small.write(contents))
    whole = [b"".join(chunks) for chunks in contents]
    assert [one.etag for one in stored] == [hashlib.md5(data).hexdigest() for data in whole]
    assert [one.size for one in stored] == [3, 0, 5]
    assert {one.file: data for one, data in zip(stored, whole, strict=True)} == files(tmp_path)
    assert len({one.file[:2] for one in stored}) == 1
    assert (tmp_path / "files" / stored[0].file[:2] / stored[0].file).exists()


@pytest.mark.parametrize("syncs", [0, 1])
def test_a_disk_that_fails_leaves_none(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, syncs: int
) -> None:
    """Before they are named, and after."""
    seen: list[int] = []

    async def failing(*asked: int) -> None:
        seen.append(len(asked))
        if len(seen) > syncs:
            raise OSError("no space")

    monkeypatch.setattr(disksync, "sync", failing)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="no space"):
        asyncio.run(small.write([[b"one"], [b"two"]]))
    assert files(tmp_path) == {}
    assert len(os.listdir("/proc/self/fd")) == before
