"""The keypairs table: by user and name."""

from typing import NamedTuple

from stacklab.core.db.database import change, row, rows


class Keypair(NamedTuple):
    user_id: str
    name: str
    id: int
    type: str
    fingerprint: str
    public_key: str
    created_at: int


_COLUMNS = ", ".join(Keypair._fields)


def get(user_id: str, name: str) -> Keypair | None:
    found = row(f"SELECT {_COLUMNS} FROM keypairs WHERE user_id = ? AND name = ?", (user_id, name))  # noqa: S608
    return Keypair(*found) if found else None


def of_user(user_id: str, limit: int, marker: str | None) -> list[Keypair]:
    """By name, after the one named `marker`."""
    sql = f"SELECT {_COLUMNS} FROM keypairs WHERE user_id = ? AND name > ? ORDER BY name LIMIT ?"  # noqa: S608
    return [Keypair(*found) for found in rows(sql, (user_id, marker or "", limit))]


def count(user_id: str) -> int:
    return int(rows("SELECT count(*) FROM keypairs WHERE user_id = ?", (user_id,))[0][0])


def insert(pair: Keypair) -> bool:
    """False when the user has one of this name."""
    sql = f"INSERT INTO keypairs ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608
    return change(sql, tuple(pair)) == 1


def delete(user_id: str, name: str) -> bool:
    return change("DELETE FROM keypairs WHERE user_id = ? AND name = ?", (user_id, name)) == 1


def forget_user(user_id: str) -> None:
    change("DELETE FROM keypairs WHERE user_id = ?", (user_id,))
