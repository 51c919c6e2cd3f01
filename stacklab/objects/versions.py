"""Rows of what objects were before, and of delete markers. Every function that writes stands inside a transaction of
its caller, with the change it belongs to."""

from msgspec.structs import replace

from stacklab.core.db.database import change, row, rows
from stacklab.objects import listing, model, version_ids
from stacklab.objects.model import Container, Entry

DELETED = "deleted"
"""The kind of a delete marker."""
EMPTY = "d41d8cd98f00b204e9800998ecf8427e"
MARK = model.VERSIONED
_INSERT = f"INSERT INTO objects_versions ({model.COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_GET = f"SELECT {model.COLUMNS} FROM objects_versions WHERE container = ? AND name = ?"  # noqa: S608
_CURRENT = f"SELECT {model.COLUMNS}, 1 AS latest FROM objects WHERE container = ? AND "  # noqa: S608
_OLDER = f"SELECT {model.COLUMNS}, 0 AS latest FROM objects_versions WHERE container = ? AND "  # noqa: S608


def _in_order(order: str, *parts: str) -> str:
    """Each part comes out of an index in this order, and stops at the limit: nothing more is read or sorted."""
    limited = " UNION ALL ".join(f"SELECT * FROM ({part} LIMIT ?)" for part in parts)  # noqa: S608
    return f"SELECT * FROM ({limited}) ORDER BY {order} LIMIT ?"  # noqa: S608


_PAGE = _in_order(
    "name, latest DESC, version DESC",
    _CURRENT + "name >= ? AND name < ? ORDER BY name",
    _OLDER + "name = ? AND version < ? ORDER BY version DESC",
    _OLDER + "name >= ? AND name < ? ORDER BY name, version DESC",
)
_BACK = _in_order(
    "name DESC, latest, version",
    _CURRENT + "name >= ? AND name < ? ORDER BY name DESC",
    _OLDER + "name = ? AND version > ? ORDER BY version",
    _OLDER + "name >= ? AND name < ? ORDER BY name DESC, version",
)


def marked(new: Entry) -> Entry:
    """The entry as one with a version id of its own."""
    return replace(new, metadata={**new.metadata, MARK: "1"})


def has_id(current: Entry) -> bool:
    """Whether a current object has a version id; without one it is "null"."""
    return MARK in current.metadata


def is_at(current: Entry, version: int) -> bool:
    """Whether a current object is this version."""
    return has_id(current) and current.version == version


def id_of(current: Entry) -> str:
    return version_ids.written(current.version) if has_id(current) else version_ids.NULL


def insert(old: Entry, within: Container) -> None:
    """Its bytes count again."""
    values = (old.container, old.name, old.version, old.modified, old.file, old.size, old.etag, old.media, old.kind)
    change(_INSERT, (*values, model.text(old.metadata), old.ends))
    model.count(within, 0, old.size)


def insert_marker(within: Container, name: str, now: int) -> None:
    insert(Entry(within.id, name, now, now, "", 0, EMPTY, version_ids.DELETED, DELETED), within)


def get(container: int, name: str, version: int) -> Entry | None:
    found = row(f"{_GET} AND version = ?", (container, name, version))
    return model.read(found) if found else None


def delete(old: Entry, within: Container) -> bool:
    gone = change(
        "DELETE FROM objects_versions WHERE container = ? AND name = ? AND version = ?",
        (old.container, old.name, old.version),
    )
    if gone:
        model.count(within, 0, -old.size)
    return gone == 1


def has_any(container: int) -> bool:
    return row("SELECT 1 FROM objects_versions WHERE container = ? LIMIT 1", (container,)) is not None


def named(file: str) -> bool:
    """Whether a version has this file."""
    return row("SELECT 1 FROM objects_versions WHERE file = ? LIMIT 1", (file,)) is not None


def page(container: int, prefix: str, after: tuple[str, int], before: str, limit: int) -> list[tuple[Entry, bool]]:
    """Current objects and versions by name, newest first, and whether each is the current one.

    `after` is the name and the version that the page before ended with; a version of 0 ends that name, one above all
    ends only its current object. `before`: names below this one, "" for all.
    """
    name, version = after
    end = before or _LAST
    low = max(prefix, _behind(name))
    if not prefix <= name < end:
        version = 0
    elif version and _is_current(container, name, version):
        version = ABOVE_ALL  # one that was gone back to is older than those behind it
    return _found(_PAGE, container, (low, end), (name, version), (low, end), limit)


def page_back(container: int, prefix: str, after: tuple[str, int], above: str, limit: int) -> list[tuple[Entry, bool]]:
    """The same from the last name to the first, of each the oldest version first and the current one last.

    `after`: ("", 0) begins; a version of 0 ends that name. `above`: names above this one.
    """
    name, version = after
    low, end = max(prefix, _behind(above)), listing.successor(prefix) or _LAST
    if not low <= name < end or _is_current(container, name, version):
        version = 0
    high = min(end, name) if name else end
    with_current = min(end, _behind(name)) if version else high
    return _found(_BACK, container, (low, with_current), (name, version or ABOVE_ALL), (low, high), limit)


def _found(
    sql: str, container: int, current: tuple[str, str], rest: tuple[str, int], older: tuple[str, str], limit: int
) -> list[tuple[Entry, bool]]:
    values = (container, *current, limit, container, *rest, limit, container, *older, limit, limit)
    return [(model.read(found[:-1]), bool(found[-1])) for found in rows(sql, values)]


def _behind(name: str) -> str:
    """The first text behind this name, "" behind none: no name has a zero."""
    return f"{name}\0" if name else ""


def _is_current(container: int, name: str, version: int) -> bool:
    current = model.entry(container, name) if version else None
    return current is not None and current.version == version


ABOVE_ALL = 1 << 62
_LAST = "\U0010ffff" * 4
