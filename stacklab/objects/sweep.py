"""Files that no row names: what a crash left between a file and its row, or between a row's end and its file's."""

import time
from collections.abc import Iterable

from stacklab.core import log
from stacklab.core.db.database import rows
from stacklab.objects.store import Store

_log = log.get(__name__)
_YOUNG = 3600.0  # seconds in which a file may still be waiting for its row
_NAMES = 400  # asked for in one query
TABLES = ("objects", "objects_versions")
"""Whose rows name files."""


def run(store: Store, before: float = 0) -> int:
    """How many files went. One folder of 256 is read at a time: memory does not grow with the store.

    `before`: files named before this second, where it is known that none of them can still get a row.
    """
    removed = 0
    before = before or time.time() - _YOUNG
    for number in range(256):
        old = [name for name, named_at in store.shard(number).items() if named_at < before]
        left = set(old) - _named(old)
        store.remove(left)
        removed += len(left)
    if removed:
        _log.info("files without a row removed", files=removed)
    return removed


def _named(files: list[str]) -> set[str]:
    """Both tables are asked in one statement: between two of them a row may go from the one to the other."""
    found: set[str] = set()
    for at in range(0, len(files), _NAMES):
        some = files[at : at + _NAMES]
        marks = ", ".join("?" * len(some))
        asked = " UNION ALL ".join(f"SELECT file FROM {table} WHERE file IN ({marks})" for table in TABLES)  # noqa: S608
        found.update(name for (name,) in rows(asked, tuple(some) * len(TABLES)))
    return found


def orphans(store: Store, ages: Iterable[int] = range(256)) -> list[str]:
    """Every file without a row, however young: for tests on a node at rest."""
    found: list[str] = []
    for number in ages:
        names = list(store.shard(number))
        found += set(names) - _named(names)
    return found
