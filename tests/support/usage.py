"""What home counts of a region's usage, and what the region's own servers say it must be."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

SECOND = 1_000_000


def query(state: Path, sql: str) -> list[Any]:
    """Read a node's database beside it."""
    with closing(sqlite3.connect(f"file:{state / 'stacklab.db'}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(sql).fetchall()


def counted(home: Path) -> dict[tuple[str, int], tuple[int, int]]:
    """(server, beginning) → (times counted, µs) of every line at home."""
    sql = "SELECT server_id, begins, count(*), sum(ends - begins) FROM regions_usage GROUP BY server_id, begins"
    return {(server, begins): (times, length) for server, begins, times, length in query(home, sql)}


def owed(node: Path, seconds: int) -> dict[tuple[str, int], int]:
    """What the lines up to the node's place must be: cut from the servers' own times, period by period."""
    ((until,),) = query(node, "SELECT usage_until FROM regions_membership")
    found: dict[tuple[str, int], int] = {}
    period = seconds * SECOND
    for server, launched, ended in query(node, "SELECT id, launched_at, terminated_at FROM servers"):
        if launched is None:
            continue
        start = launched - launched % period
        while start + period <= until:
            begins, ends = max(start, launched), min(start + period, ended or until)
            if ends > begins:
                found[server, begins] = ends - begins
            start += period
    return found
