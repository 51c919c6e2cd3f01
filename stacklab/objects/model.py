"""Accounts, containers and objects as values, and the statements that read and write their rows."""

from typing import Any

import msgspec
from msgspec import Struct, field

from stacklab.core.db.database import change, row, rows
from stacklab.objects import listed, policies
from stacklab.objects.policies import Use

Headers = dict[str, str]
"""Kept headers by their names in small letters."""

VERSIONED = "versioned"
"""Among the metadata of a current object: made while versioning was on."""

_headers = msgspec.json.Decoder(Headers)
_encode = msgspec.json.Encoder().encode


class Account(Struct, frozen=True, gc=False):
    """`metadata` has `x-account-meta-…` and what the service keeps beside it (quotas, the account's ACL)."""

    name: str
    created_at: int = 0
    containers: int = 0
    objects: int = 0
    bytes: int = 0
    metadata: Headers = field(default_factory=dict)

    @property
    def project_id(self) -> str:
        return self.name.removeprefix("AUTH_")


class Container(Struct, frozen=True, gc=False):
    """`metadata` has `x-container-meta-…`, `x-container-read`, `x-container-write` and the like."""

    id: int
    account: str
    name: str
    created_at: int
    objects: int = 0
    bytes: int = 0
    metadata: Headers = field(default_factory=dict)

    def said(self, name: str) -> str:
        """One header that is kept, "" for none."""
        return self.metadata.get(name, "")

    @property
    def meta(self) -> Headers:
        """The users' own metadata, without `x-container-meta-`."""
        mark = "x-container-meta-"
        return {name.removeprefix(mark): value for name, value in self.metadata.items() if name.startswith(mark)}


class Entry(Struct, frozen=True, gc=False):
    """An object. `version` and `modified` in µs, `ends` in seconds; `metadata` has what comes out as headers again.

    `kind`: "" for plain bytes, else what a GET makes of it (`slo`, `dlo`, `symlink`).
    """

    container: int
    name: str
    version: int
    modified: int
    file: str
    size: int
    etag: str
    media: str
    kind: str = ""
    metadata: Headers = field(default_factory=dict)
    ends: int | None = None


_ACCOUNT = "SELECT name, created_at, containers, objects, bytes, metadata FROM objects_accounts"
_CONTAINER = "SELECT id, account, name, created_at, objects, bytes, metadata FROM objects_containers"
COLUMNS = "container, name, version, modified, file, size, etag, media, kind, metadata, ends"
_LOCATED = (
    "SELECT a.name, a.created_at, a.containers, a.objects, a.bytes, a.metadata, "
    "c.id, c.account, c.name, c.created_at, c.objects, c.bytes, c.metadata "
    "FROM objects_containers AS c JOIN objects_accounts AS a ON a.name = c.account"
)
_ENTRY = f"SELECT {COLUMNS} FROM objects WHERE container = ? AND name = ?"  # noqa: S608  # constant names
_PUT = (
    f"INSERT INTO objects ({COLUMNS}, listed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
    "ON CONFLICT (container, name) DO UPDATE SET version = excluded.version, modified = excluded.modified, "
    "file = excluded.file, size = excluded.size, etag = excluded.etag, media = excluded.media, kind = excluded.kind, "
    "metadata = excluded.metadata, ends = excluded.ends, listed = excluded.listed"
)


def account(name: str) -> Account | None:
    found = row(f"{_ACCOUNT} WHERE name = ?", (name,))
    return _account(found) if found else None


def container(account: str, name: str) -> Container | None:
    found = row(f"{_CONTAINER} WHERE account = ? AND name = ?", (account, name))
    return _container(found) if found else None


def located(account: str, container: str) -> tuple[Account, Container] | None:
    """A container and its account, which nearly every request asks for, by one statement."""
    return _both(row(f"{_LOCATED} WHERE c.account = ? AND c.name = ?", (account, container)))


def located_by_id(container: int) -> tuple[Account, Container] | None:
    return _both(row(f"{_LOCATED} WHERE c.id = ?", (container,)))


def _both(found: tuple[Any, ...] | None) -> tuple[Account, Container] | None:
    return (_account(found[:6]), _container(found[6:])) if found else None


def container_by_id(id: int) -> Container | None:
    found = row(f"{_CONTAINER} WHERE id = ?", (id,))
    return _container(found) if found else None


def containers(where: str, params: tuple[Any, ...]) -> list[Container]:
    """`where` is constant SQL that begins with WHERE."""
    return [_container(found) for found in rows(f"{_CONTAINER} {where}", params)]


def entry(container: int, name: str) -> Entry | None:
    found = row(_ENTRY, (container, name))
    return read(found) if found else None


def read(values: tuple[Any, ...]) -> Entry:
    """From a row of COLUMNS."""
    *plain, metadata, ends = values
    rest: tuple[Any, ...] = (*plain, _headers.decode(metadata), ends)
    return Entry(*rest)


def _account(found: tuple[Any, ...]) -> Account:
    *plain, metadata = found
    rest: tuple[Any, ...] = (*plain, _headers.decode(metadata))
    return Account(*rest)


def _container(found: tuple[Any, ...]) -> Container:
    *plain, metadata = found
    rest: tuple[Any, ...] = (*plain, _headers.decode(metadata))
    return Container(*rest)


def metadata(column: str) -> Headers:
    """Headers from their column."""
    return _headers.decode(column)


def text(headers: Headers) -> str:
    """Headers as a column has them."""
    return _encode(headers).decode()


def put_entry(new: Entry) -> None:
    """Insert, or take the place of what has the name. Inside a transaction that also calls `count`."""
    values = (new.container, new.name, new.version, new.modified, new.file, new.size, new.etag, new.media, new.kind)
    plain = listed.is_plain(new.kind, VERSIONED in new.metadata)
    line = listed.text(new.name, new.etag, new.size, new.media, new.modified) if plain else ""
    change(_PUT, (*values, text(new.metadata), new.ends, line))


def delete_entry(container: int, name: str) -> bool:
    """Inside a transaction that also calls `count`."""
    return change("DELETE FROM objects WHERE container = ? AND name = ?", (container, name)) == 1


def count(within: Container, objects: int, size: int) -> None:
    """Objects and bytes that a container has more (or, below zero, less), and its account with it."""
    change("UPDATE objects_containers SET objects = objects + ?, bytes = bytes + ? WHERE id = ?",
           (objects, size, within.id))  # fmt: skip
    change("UPDATE objects_accounts SET objects = objects + ?, bytes = bytes + ? WHERE name = ?",
           (objects, size, within.account))  # fmt: skip
    policies.count(within.account, within.metadata, Use(0, objects, size))


def ensure_account(name: str, now: int) -> None:
    change(
        "INSERT INTO objects_accounts VALUES (?, ?, 0, 0, 0, '{}') ON CONFLICT DO NOTHING",
        (name, now),
    )


def set_account(name: str, metadata: Headers) -> None:
    change("UPDATE objects_accounts SET metadata = ? WHERE name = ?", (text(metadata), name))


def add_container(new: Container) -> bool:
    """False where the account has one of this name. Inside a transaction, after `ensure_account`."""
    sql = "INSERT INTO objects_containers VALUES (?, ?, ?, ?, 0, 0, ?) ON CONFLICT DO NOTHING"
    made = change(sql, (new.id, new.account, new.name, new.created_at, text(new.metadata))) == 1
    if made:
        change("UPDATE objects_accounts SET containers = containers + 1 WHERE name = ?", (new.account,))
        policies.count(new.account, new.metadata, Use(1, 0, 0))
    return made


def set_container(id: int, metadata: Headers) -> None:
    change("UPDATE objects_containers SET metadata = ? WHERE id = ?", (text(metadata), id))


def delete_container(gone: Container) -> bool:
    """False where it has objects again, or is gone. Inside a transaction."""
    if row("SELECT 1 FROM objects WHERE container = ? LIMIT 1", (gone.id,)):
        return False
    if change("DELETE FROM objects_containers WHERE id = ?", (gone.id,)) != 1:
        return False
    change("UPDATE objects_accounts SET containers = containers - 1 WHERE name = ?", (gone.account,))
    policies.count(gone.account, gone.metadata, Use(-1, 0, 0))
    return True
