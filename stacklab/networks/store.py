"""Rows in and out of the tables by Struct: constant SQL made once for each kind of row."""

from collections.abc import Collection
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import fields

from stacklab.core import clock
from stacklab.core.db.database import change, rows
from stacklab.networks.model import Resource

R = TypeVar("R", bound=Resource)


class _Shape(Struct, frozen=True):
    columns: tuple[str, ...]
    flags: tuple[int, ...]  # positions of the columns that are stored as 0 or 1


_shapes: dict[str, _Shape] = {}


def _shape(kind: type[Resource]) -> _Shape:
    if kind.TABLE not in _shapes:
        known = fields(kind)
        flags = tuple(at for at, f in enumerate(known) if f.type in (bool, "bool"))
        _shapes[kind.TABLE] = _Shape(tuple(f.name for f in known), flags)
    return _shapes[kind.TABLE]


def columns(kind: type[Resource]) -> tuple[str, ...]:
    return _shape(kind).columns


def _make(kind: type[R], shape: _Shape, row: tuple[Any, ...]) -> R:
    values = list(row)
    for flag in shape.flags:
        values[flag] = bool(values[flag])
    return kind(**dict(zip(shape.columns, values, strict=True)))


def select(kind: type[R], tail: str = "", params: tuple[Any, ...] = ()) -> list[R]:
    """The rows of a kind; `tail` is what follows `FROM table AS t`. Never put a caller's text into it."""
    wanted = ", ".join(f"t.{name}" for name in columns(kind))
    found = rows(f"SELECT {wanted} FROM {kind.TABLE} AS t {tail}", params)  # noqa: S608
    shape = _shape(kind)
    return [_make(kind, shape, each) for each in found]


def find(kind: type[R], row_id: str) -> R | None:
    found = select(kind, "WHERE t.id = ?", (row_id,))
    return found[0] if found else None


def insert(row: R) -> R:
    """Write a new row; inside a transaction. Returns the row as it is now: created and updated at this moment."""
    names = columns(type(row))
    values = {name: getattr(row, name) for name in names}
    values["created_at"] = values["updated_at"] = clock.now()
    places = ", ".join("?" * len(names))
    change(f"INSERT INTO {row.TABLE} ({', '.join(names)}) VALUES ({places})", tuple(values.values()))  # noqa: S608
    return type(row)(**values)


def update(row: R, **changes: Any) -> R:
    """Change columns of a row, count its revision up; inside a transaction. The row as it is now."""
    changes = {**changes, "revision_number": row.revision_number + 1, "updated_at": clock.now()}
    wanted = ", ".join(f"{name} = ?" for name in changes)
    change(f"UPDATE {row.TABLE} SET {wanted} WHERE id = ?", (*changes.values(), row.id))  # noqa: S608
    return type(row)(**{**{name: getattr(row, name) for name in columns(type(row))}, **changes})


def delete(row: Resource) -> None:
    change("DELETE FROM network_tags WHERE resource_id = ?", (row.id,))
    change(f"DELETE FROM {row.TABLE} WHERE id = ?", (row.id,))  # noqa: S608


def marks(values: Collection[Any]) -> str:
    """`?, ?, ?` for an IN (…)."""
    return ", ".join("?" * len(values))
