"""Limits that were set, and what projects use."""

from collections.abc import Mapping
from typing import NamedTuple

from stacklab.core.db.database import change, row, rows


class Used(NamedTuple):
    instances: int
    cores: int
    ram_mb: int


def of(owner: str) -> dict[str, int]:
    return dict(rows("SELECT resource, most FROM limits WHERE owner = ?", (owner,)))


def put(owner: str, wanted: Mapping[str, int]) -> None:
    for resource, most in wanted.items():
        change(
            "INSERT INTO limits VALUES (?, ?, ?) ON CONFLICT (owner, resource) DO UPDATE SET most = excluded.most",
            (owner, resource, most),
        )


def clear(owner: str) -> None:
    change("DELETE FROM limits WHERE owner = ?", (owner,))


def used(project_id: str) -> Used:
    found = row("SELECT instances, cores, ram_mb FROM usages WHERE project_id = ?", (project_id,))
    return Used(*found) if found else Used(0, 0, 0)
