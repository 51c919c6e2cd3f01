"""The sweep while others write: it takes nothing that a row names, and is not stopped by what goes by itself."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stacklab.core.db.database import rows
from stacklab.objects import sweep
from tests.support.object_lab import ObjectLab

FAR = 1e12  # seconds: every file is old


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("v", x_versions_enabled="true")
    made.put("v/a", b"one")
    made.put("v/a", b"two")
    yield made
    made.require_whole()


def test_a_version_that_is_gone_back_to_meanwhile_stays(lab: ObjectLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row is in one table before a query, and in another behind it."""
    older = next(one["version_id"] for one in lab.listed("v?versions") if not one["is_latest"])
    ((file,),) = rows("SELECT file FROM objects_versions")

    def moving(sql: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        found = rows(sql, params)
        if file in params and lab.get("v/a") != b"one":
            lab.put(f"v/a?version-id={older}")
        return found

    monkeypatch.setattr(sweep, "rows", moving)
    assert sweep.run(lab.service.store, FAR) == 0
    assert lab.get("v/a") == b"one"


def test_files_that_go_while_a_folder_is_read(lab: ObjectLab, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def scanned(folder: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
        with scan(folder) as found:
            entries = list(found)
        for entry in entries:
            if entry.name == "00gone":
                os.unlink(entry.path)
        yield iter(entries)

    scan = os.scandir
    monkeypatch.setattr(os, "scandir", scanned)
    folder = lab.service.store.path("00gone").parent
    (folder / "00gone").write_bytes(b"")
    (folder / "00left").write_bytes(b"")
    assert sweep.run(lab.service.store, FAR) == 1
