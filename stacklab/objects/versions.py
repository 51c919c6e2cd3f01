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
_BOTH = (
    "SELECT {0}, 1 AS latest FROM objects WHERE container = ? AND name >= ? AND name > ? AND name < ?"
    " ORDER BY name LIMIT ?",
    "SELECT {0}, 0 AS latest FROM objects_versions WHERE container = ? AND name >= ?"
    " AND (name > ? OR (name = ? AND version < ?)) AND name < ? ORDER BY name, version DESC LIMIT ?",
)
_PAGE = (
    f"SELECT * FROM (SELECT * FROM ({_BOTH[0].format(model.COLUMNS)}) UNION ALL "  # noqa: S608
    f"SELECT * FROM ({_BOTH[1].format(model.COLUMNS)})) ORDER BY name, latest DESC, version DESC LIMIT ?"
)
_BEFORE = "container = ? AND name >= ? AND name > ? AND name < ? AND (name < ? OR (name = ? AND version > ?))"
_BACK = (
    f"SELECT * FROM (SELECT * FROM (SELECT {model.COLUMNS}, 1 AS latest FROM objects WHERE {_BEFORE}"  # noqa: S608
    f" ORDER BY name DESC LIMIT ?) UNION ALL SELECT * FROM (SELECT {model.COLUMNS}, 0 AS latest FROM objects_versions"
    f" WHERE {_BEFORE} ORDER BY name DESC, version LIMIT ?)) ORDER BY name DESC, latest, version LIMIT ?"
)


def marked(new: Entry) -> Entry:
    """The entry as one with a version id of its own."""
    return replace(new, metadata={**new.metadata, MARK: "1"})


def has_id(current: Entry) -> bool:
    """Whether a current object has a version id; without one it is "null"."""
    return MARK in current.metadata


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
    first = (container, prefix, name, end, limit)
    second = (container, prefix, name, name, version, end, limit)
    return [(model.read(found[:-1]), bool(found[-1])) for found in rows(_PAGE, (*first, *second, limit))]


def page_back(container: int, prefix: str, after: tuple[str, int], above: str, limit: int) -> list[tuple[Entry, bool]]:
    """The same from the last name to the first, of each the oldest version first and the current one last.

    `after`: ("", 0) begins; a version of 0 ends that name. `above`: names above this one.
    """
    name, version = after
    end = listing.successor(prefix) or _LAST
    bounds = (container, prefix, above, min(end, f"{name}\1") if name else end, name or _LAST)
    values = (*bounds, name, version or _ABOVE_ALL, limit)
    return [(model.read(found[:-1]), bool(found[-1])) for found in rows(_BACK, (*values, *values, limit))]


_ABOVE_ALL = 1 << 62
_LAST = "\U0010ffff" * 4
