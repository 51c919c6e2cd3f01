"""Numbered SQL files, one folder a package (`identity/migrations/0001_users.sql`), applied forward only at start.

The SQL is the plain subset that SQLite and PostgreSQL share: TEXT, BIGINT, INTEGER, no auto-increment.
"""

import re
import sqlite3
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from msgspec import Struct

from stacklab.core import clock, log
from stacklab.core.db.database import proxy, transaction

_log = log.get(__name__)
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql\Z")
_TABLE = (
    "CREATE TABLE IF NOT EXISTS migrations (package TEXT NOT NULL, number INTEGER NOT NULL, "
    "name TEXT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY (package, number))"
)


class Migration(Struct, frozen=True):
    package: str
    number: int
    name: str
    sql: str


def find(package: str) -> list[Migration]:
    """The migrations of one package (`stacklab.identity`), in order; each number is given once."""
    folder = files(package) / "migrations"
    found = []
    for entry in sorted(folder.iterdir(), key=lambda e: e.name) if folder.is_dir() else []:
        if match := _NAME.match(entry.name):
            found.append(Migration(package, int(match[1]), entry.name, entry.read_text()))
    if len({m.number for m in found}) != len(found):
        raise RuntimeError(f"two migrations of {package} have the same number")
    return found


def migrate(packages: Iterable[str], backups: Path | None = None) -> list[Migration]:
    """Apply what is missing, packages in the given order; copy the database to `backups` first if it had anything."""
    proxy.execute_sql(_TABLE)
    done: dict[Any, Any] = dict.fromkeys(proxy.execute_sql("SELECT package, number FROM migrations").fetchall())
    missing = [m for package in packages for m in find(package) if (m.package, m.number) not in done]
    if missing and done and backups:
        _backup(backups)
    for migration in missing:
        with transaction():
            for statement in statements(migration.sql):
                proxy.execute_sql(statement)
            record = (migration.package, migration.number, migration.name, clock.now())
            proxy.execute_sql("INSERT INTO migrations VALUES (?, ?, ?, ?)", record)
        _log.debug("migrated", package=migration.package, migration=migration.name)
    return missing


def statements(sql: str) -> list[str]:
    """Split a script at the semicolons that end a statement."""
    found, current = [], ""
    for line in sql.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            found.append(current)
            current = ""
    return [*found, current] if current.strip() else found


def _backup(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"before-migration-{clock.now()}.db"
    proxy.execute_sql("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)
