"""Namespaces and their parts as values, and the statements that read and write them."""

from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from stacklab.core import clock
from stacklab.core.db.database import change, row, rows

Kind = Literal["object", "property", "tag", "association"]
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Namespace(Struct, frozen=True):
    """Times in µs. `visibility` is public or private; `owner` a project."""

    id: str
    namespace: str
    display_name: str | None
    description: str | None
    visibility: str
    protected: bool
    owner: str
    created_at: int
    updated_at: int


class Part(Struct, frozen=True):
    """An object, property, tag or association of a namespace; `document` is what the client said of it."""

    name: str
    document: dict[str, Any]
    created_at: int
    updated_at: int


NAMES = Namespace.__struct_fields__
COLUMNS = ", ".join(f"n.{name}" for name in NAMES)
_GET = f"SELECT {COLUMNS} FROM metadef_namespaces AS n WHERE n.namespace = ?"  # noqa: S608  # constant names
_PART = "SELECT name, document, created_at, updated_at FROM metadef_parts WHERE namespace_id = ? AND kind = ?"


def read(values: tuple[Any, ...]) -> Namespace:
    """From a row of COLUMNS."""
    id_, namespace, display_name, description, visibility, protected, owner, created_at, updated_at = values
    return Namespace(
        id_, namespace, display_name, description, visibility, bool(protected), owner, created_at, updated_at
    )


def find(name: str) -> Namespace | None:
    found = row(_GET, (name,))
    return read(found) if found else None


def insert(space: Namespace) -> None:
    marks = ", ".join("?" * len(NAMES))
    change(f"INSERT INTO metadef_namespaces ({', '.join(NAMES)}) VALUES ({marks})", _written(space))  # noqa: S608


def update(space: Namespace) -> Namespace:
    space = replace(space, updated_at=clock.now())
    sets = ", ".join(f"{name} = ?" for name in NAMES[1:])
    change(f"UPDATE metadef_namespaces SET {sets} WHERE id = ?", (*_written(space)[1:], space.id))  # noqa: S608
    return space


def delete(space: Namespace) -> None:
    """Its parts go with it (ON DELETE CASCADE)."""
    change("DELETE FROM metadef_namespaces WHERE id = ?", (space.id,))


def _written(space: Namespace) -> tuple[Any, ...]:
    return tuple(int(value) if isinstance(value, bool) else value for value in msgspec.structs.astuple(space))


def part(space: Namespace, kind: Kind, name: str) -> Part | None:
    """By its name; tags are one whatever the case of their letters."""
    same = "lower(name) = lower(?)" if kind == "tag" else "name = ?"
    found = row(f"{_PART} AND {same}", (space.id, kind, name))
    return _part(found) if found else None


def parts(space: Namespace, kind: Kind) -> list[Part]:
    """All of one kind, in the order they came."""
    return [_part(found) for found in rows(f"{_PART} ORDER BY created_at, name", (space.id, kind))]


def associations(spaces: list[Namespace]) -> dict[str, list[Part]]:
    """Namespace id → its associations, of all the namespaces of a page at once."""
    marks = ", ".join("?" * len(spaces))
    sql = (
        "SELECT namespace_id, name, document, created_at, updated_at FROM metadef_parts "  # noqa: S608
        f"WHERE kind = 'association' AND namespace_id IN ({marks}) ORDER BY created_at, name"
    )
    found: dict[str, list[Part]] = {}
    for namespace_id, *values in rows(sql, tuple(space.id for space in spaces)) if spaces else ():
        found.setdefault(namespace_id, []).append(_part(tuple(values)))
    return found


def _part(values: tuple[Any, ...]) -> Part:
    name, document, created_at, updated_at = values
    return Part(name, _decode(document), created_at, updated_at)


def put_part(space: Namespace, kind: Kind, name: str, document: dict[str, Any]) -> Part:
    """A new one."""
    now = clock.now()
    text = msgspec.json.encode(document).decode()
    change("INSERT INTO metadef_parts VALUES (?, ?, ?, ?, ?, ?)", (space.id, kind, name, text, now, now))
    return Part(name, document, now, now)


def change_part(space: Namespace, kind: Kind, before: Part, name: str, document: dict[str, Any]) -> Part:
    now = clock.now()
    sql = (
        "UPDATE metadef_parts SET name = ?, document = ?, updated_at = ? "
        "WHERE namespace_id = ? AND kind = ? AND name = ?"
    )
    change(sql, (name, msgspec.json.encode(document).decode(), now, space.id, kind, before.name))
    return Part(name, document, before.created_at, now)


def drop_part(space: Namespace, kind: Kind, name: str) -> bool:
    sql = "DELETE FROM metadef_parts WHERE namespace_id = ? AND kind = ? AND name = ?"
    return change(sql, (space.id, kind, name)) == 1


def drop_parts(space: Namespace, kind: Kind) -> None:
    change("DELETE FROM metadef_parts WHERE namespace_id = ? AND kind = ?", (space.id, kind))


def resource_types() -> list[tuple[str, int, int]]:
    """(name, created, updated) of all."""
    found: list[tuple[str, int, int]] = rows(
        "SELECT name, created_at, updated_at FROM metadef_resource_types ORDER BY name"
    )
    return found


def know_resource_type(name: str) -> None:
    """Add a resource type unless it is there."""
    if row("SELECT 1 FROM metadef_resource_types WHERE name = ?", (name,)) is None:
        now = clock.now()
        change("INSERT INTO metadef_resource_types VALUES (?, ?, ?)", (name, now, now))
