"""The walk reads every file again: what is still right stays, what is not is put aside and told of."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from stacklab.core import pagecache
from stacklab.core.db.database import row
from stacklab.objects import walk
from tests.support.object_lab import ObjectLab


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> ObjectLab:
    database("stacklab.objects")
    return ObjectLab(tmp_path)


def path_of(lab: ObjectLab, name: str) -> Path:
    found = row("SELECT file FROM objects WHERE name = ?", (name,))
    assert found
    return lab.service.store.path(found[0])


def test_what_is_spoiled_is_put_aside_and_the_rest_stays(lab: ObjectLab, tmp_path: Path) -> None:
    lab.put("box")
    for number in range(5):
        lab.put(f"box/{number}", f"content {number}".encode())
    path = path_of(lab, "3")
    path.write_bytes(b"something")
    assert walk.some(lab.service.store, 1 << 20) == 1
    assert [one.name for one in (tmp_path / "objects" / "quarantine").iterdir()] == [path.name]
    assert [lab.ask("GET", f"box/{number}").status for number in range(5)] == [200, 200, 200, 404, 200]


def test_it_goes_on_where_it_was_and_begins_anew_at_the_end(lab: ObjectLab) -> None:
    lab.put("box")
    for number in range(6):
        lab.put(f"box/{number}", b"x" * 100)
    last = max((path_of(lab, str(number)) for number in range(6)), key=lambda path: path.name)
    last.write_bytes(b"y" * 100)
    assert [walk.some(lab.service.store, 300) for _ in range(2)] == [0, 1]
    assert walk.some(lab.service.store, 300) == 0


def test_a_missing_file_is_told_of_and_a_deleted_object_is_not(lab: ObjectLab) -> None:
    lab.put("box")
    lab.put("box/one", b"x")
    lab.put("box/two", b"x")
    lab.ask("DELETE", "box/two")
    path_of(lab, "one").unlink()
    assert walk.some(lab.service.store, 1 << 20) == 1


def test_the_page_cache_keeps_what_it_had(lab: ObjectLab) -> None:
    lab.put("box")
    lab.put("box/hot", b"x" * 50_000)
    lab.put("box/cold", b"x" * 50_000)
    hot, cold = path_of(lab, "hot"), path_of(lab, "cold")
    cached = {path: cached_now(path) for path in (hot, cold)}
    if cached[hot]:  # as it is where the kernel can say
        forget(cold)
        cached[cold] = cached_now(cold)
    assert walk.some(lab.service.store, 1 << 20) == 0
    assert {path: cached_now(path) for path in (hot, cold)} == cached


def cached_now(path: Path) -> bool:
    with path.open("rb") as file:
        return pagecache.resident(file.fileno(), 0, path.stat().st_size)


def forget(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def test_a_file_that_cannot_be_read_does_not_end_the_walk(lab: ObjectLab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.put("box")
    for number in range(4):
        lab.put(f"box/{number}", b"x")
    first = min(path_of(lab, str(number)) for number in range(4))
    last = max(path_of(lab, str(number)) for number in range(4))
    last.write_bytes(b"y")
    real = walk._md5

    def md5(path: Path) -> str:
        if path == first:
            raise OSError(5, "Input/output error")
        return real(path)

    monkeypatch.setattr(walk, "_md5", md5)
    assert walk.some(lab.service.store, 1 << 20) == 2
    assert not last.exists()
    assert first.exists()
