"""The flavors table and who may use a private one."""

from typing import NamedTuple

import msgspec

from stacklab.core.db.database import change, row, rows


class Flavor(NamedTuple):
    id: str
    name: str
    ram_mb: int
    vcpus: int
    disk_gb: int
    ephemeral_gb: int
    swap_mb: int
    rxtx_factor: str
    public: int
    description: str | None
    specs: str
    created_at: int
    updated_at: int | None

    @property
    def extra_specs(self) -> dict[str, str]:
        return msgspec.json.decode(self.specs, type=dict[str, str])


_COLUMNS = ", ".join(Flavor._fields)
_SEEN = "(public = 1 OR EXISTS (SELECT 1 FROM flavor_access a WHERE a.flavor_id = flavors.id AND a.project_id = ?))"


def get(flavor_id: str, project_id: str | None) -> Flavor | None:
    """The flavor, if this project may use it; any flavor when the project is None (an admin looks)."""
    if project_id is None:
        found = row(f"SELECT {_COLUMNS} FROM flavors WHERE id = ?", (flavor_id,))  # noqa: S608
    else:
        found = row(f"SELECT {_COLUMNS} FROM flavors WHERE id = ? AND {_SEEN}", (flavor_id, project_id))  # noqa: S608
    return Flavor(*found) if found else None


def select(where: list[str], values: list[object], order: str, limit: int) -> list[Flavor]:
    """Flavors that meet every condition; `order` is a trusted ORDER BY."""
    sql = f"SELECT {_COLUMNS} FROM flavors WHERE {' AND '.join(where) or '1 = 1'} ORDER BY {order} LIMIT ?"  # noqa: S608
    return [Flavor(*found) for found in rows(sql, (*values, limit))]


def seen_by(project_id: str) -> tuple[str, str]:
    """The condition, and its value, for flavors a project may use."""
    return _SEEN, project_id


def insert(flavor: Flavor) -> None:
    change(f"INSERT INTO flavors ({_COLUMNS}) VALUES ({', '.join('?' * len(Flavor._fields))})", tuple(flavor))  # noqa: S608


def clash(flavor_id: str, name: str) -> tuple[str, str] | None:
    """(id, name) of a flavor that has one of them already."""
    found = row("SELECT id, name FROM flavors WHERE id = ? OR name = ?", (flavor_id, name))
    return (found[0], found[1]) if found else None


def set_specs(flavor_id: str, specs: dict[str, str]) -> None:
    change("UPDATE flavors SET specs = ? WHERE id = ?", (msgspec.json.encode(specs).decode(), flavor_id))


def set_description(flavor_id: str, description: str | None, now: int) -> None:
    change("UPDATE flavors SET description = ?, updated_at = ? WHERE id = ?", (description, now, flavor_id))


def delete(flavor_id: str) -> bool:
    return change("DELETE FROM flavors WHERE id = ?", (flavor_id,)) == 1


def access(flavor_id: str) -> list[str]:
    """The projects a private flavor is for."""
    found = rows("SELECT project_id FROM flavor_access WHERE flavor_id = ? ORDER BY project_id", (flavor_id,))
    return [project for (project,) in found]


def grant(flavor_id: str, project_id: str) -> bool:
    """False when the project had it already."""
    return change("INSERT INTO flavor_access VALUES (?, ?) ON CONFLICT DO NOTHING", (flavor_id, project_id)) == 1


def revoke(flavor_id: str, project_id: str) -> bool:
    return change("DELETE FROM flavor_access WHERE flavor_id = ? AND project_id = ?", (flavor_id, project_id)) == 1
