"""Small facts the process keeps about itself in the database: what the first start chose, by key."""

from stacklab.core.db.database import change, row, transaction


def get(key: str) -> str | None:
    found = row("SELECT value FROM facts WHERE key = ?", (key,))
    return found[0] if found else None


def put(key: str, value: str) -> None:
    with transaction():
        change("INSERT INTO facts VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))
