"""SQLite in WAL mode, one writer at a time, and what runs after a commit.

All writes go through `transaction()`. It holds a process-wide lock, because SQLite's own wait for its write lock
sleeps in steps of milliseconds where a Python lock hands over at once.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peewee
from peewee import DatabaseProxy, SqliteDatabase

from stacklab.core import full, log

_log = log.get(__name__)
proxy = DatabaseProxy()
_writer = threading.RLock()
_PAGES = 4000  # of the WAL, after which SQLite begins it anew
_PAGE = 4096 + 24  # bytes of one, with its header
_PEEWEES = vars(peewee)["__exception_wrapper__"]  # sqlite3's errors as peewee's


class _Local(threading.local):
    depth = 0
    pending: list[Callable[[], None]]


_local = _Local()


class Database(SqliteDatabase):
    """peewee's, without its hooks and log around each statement, which cost more than a small statement does."""

    _state: Any  # of the thread: its connection

    def execute_sql(self, sql: str, params: Any = None) -> sqlite3.Cursor:
        """Raises peewee's errors, as its own does."""
        state = self._state
        connection: sqlite3.Connection = self.connection() if state.closed else state.conn
        try:
            return connection.execute(sql, params or ())
        except sqlite3.Error:
            with _PEEWEES:
                raise


def open_database(path: Path) -> Database:
    """Open (or create, readable by its owner only) the database file and bind every model to it."""
    path.touch(mode=0o600)
    database = Database(
        str(path),
        timeout=5,
        lock_type="IMMEDIATE",
        cached_statements=512,  # the constant statements of all services, and lists of ids of some lengths
        pragmas={
            "journal_mode": "wal",
            "synchronous": "normal",
            "foreign_keys": 1,
            "cache_size": -8192,
            "temp_store": "memory",
            "wal_autocheckpoint": _PAGES,
        },
    )
    proxy.initialize(database)
    return database


def keep_room(path: Path) -> None:
    """Take the disk's room for the whole of the WAL at once: when others have filled the disk, to delete something
    still takes some. Nothing on file systems that cannot."""
    try:
        with Path(f"{path}-wal").open("rb+") as wal:
            os.posix_fallocate(wal.fileno(), 0, _PAGES * _PAGE)
    except (OSError, AttributeError) as error:
        _log.warning("no room is kept for the database", error=repr(error))


@contextmanager
def transaction() -> Iterator[None]:
    """One atomic unit of writing; nests. Never talk to the machine, await or sleep inside one.

    Raises NoSpace where the disk is full. Then SQLite has undone all of it, the outermost too: go on with nothing.
    """
    with _writer:
        outermost = _local.depth == 0
        if outermost:
            _local.pending = []
        _local.depth += 1
        try:
            with full.told(), proxy.atomic() if outermost else _savepoint(_local.depth):
                yield
        finally:
            _local.depth -= 1
        pending = _local.pending if outermost else []
        if outermost:
            _local.pending = []
    for call in pending:
        _guarded(call)


@contextmanager
def _savepoint(depth: int) -> Iterator[None]:
    """What makes a nested transaction undo its own writes only: a refusal inside may be caught outside.

    Named by depth: peewee's own have random names, which are prepared anew each time and push statements that are
    needed again out of the connection's cache.
    """
    proxy.execute_sql(f"SAVEPOINT depth{depth}")
    try:
        yield
    except BaseException:
        proxy.execute_sql(f"ROLLBACK TO SAVEPOINT depth{depth}")
        raise
    finally:
        proxy.execute_sql(f"RELEASE SAVEPOINT depth{depth}")


@contextmanager
def durable() -> Iterator[None]:
    """A transaction that is on the disk when it returns: for what a person was told is done (identity, billing).

    Inside another transaction it is a part of that one: SQLite does not change `synchronous` in the middle.
    """
    with _writer:
        if _local.depth:
            with transaction():
                yield
            return
        proxy.execute_sql("PRAGMA synchronous=FULL")
        try:
            with transaction():
                yield
        finally:
            proxy.execute_sql("PRAGMA synchronous=NORMAL")


def after_commit(call: Callable[[], None]) -> None:
    """Run `call` once the surrounding transaction has committed; at once where there is none."""
    if _local.depth:
        _local.pending.append(call)
    else:
        call()


def _guarded(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:
        _log.exception("after-commit call failed")


def rows(sql: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Constant SQL for hot paths: building a peewee query costs 80 µs, running it 10."""
    return proxy.obj.execute_sql(sql, params).fetchall()  # type: ignore[no-any-return]


def row(sql: str, params: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
    """The first row of constant SQL, or None."""
    return proxy.obj.execute_sql(sql, params).fetchone()  # type: ignore[no-any-return]


def change(sql: str, params: tuple[Any, ...] = ()) -> int:
    """Run constant SQL inside a `transaction()`; the number of rows it changed. Not one is often a conflict."""
    return proxy.obj.execute_sql(sql, params).rowcount  # type: ignore[no-any-return]
