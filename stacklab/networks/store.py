"""Rows in and out of the tables by dataclass: constant SQL made once for each kind of row."""

from collections.abc import Callable, Collection, Hashable
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, cast

from stacklab.core import clock
from stacklab.core.db.database import change, rows
from stacklab.networks.model import Resource

R = TypeVar("R", bound=Resource)


@cache
def columns(kind: Hashable) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cast(type[Resource], kind)))


_makers: dict[type[Resource], Callable[[tuple[Any, ...]], Any]] = {}


def maker(kind: type[R]) -> Callable[[tuple[Any, ...]], R]:
    """From a tuple of all columns to the row."""
    if kind not in _makers:
        _makers[kind] = _make_maker(kind)
    return _makers[kind]


def _make_maker(kind: type[R]) -> Callable[[tuple[Any, ...]], R]:
    names = columns(kind)
    flags = [f.name for f in fields(kind) if f.type in (bool, "bool")]

    def make(row: tuple[Any, ...]) -> R:
        values = dict(zip(names, row, strict=True))
        for flag in flags:
            values[flag] = bool(values[flag])
        return kind(**values)

    return make


def select(kind: type[R], tail: str = "", params: tuple[Any, ...] = ()) -> list[R]:
    """The rows of a kind; `tail` is what follows `FROM table AS t`. Never put a caller's text into it."""
    wanted = ", ".join(f"t.{name}" for name in columns(kind))
    found = rows(f"SELECT {wanted} FROM {kind.TABLE} AS t {tail}", params)  # noqa: S608
    return list(map(maker(kind), found))


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
