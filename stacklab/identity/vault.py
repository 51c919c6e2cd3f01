"""A new key for everything that is encrypted at rest: stored credentials, and the secrets of OAuth1."""

from pathlib import Path

from stacklab.core.db.database import change, durable, rows
from stacklab.identity import keys
from stacklab.identity.parts import Parts

# Table and column; ids in order, so that a page starts after the last one.
_KEPT = (
    ("identity_credentials", "blob"),
    ("identity_consumers", "secret"),
    ("identity_request_tokens", "secret"),
    ("identity_access_tokens", "secret"),
)
_PAGE = 200  # rows of a transaction: others write in between


def rotate(parts: Parts, folder: Path) -> int:
    """Encrypt everything with a new key and forget the old ones; the number of secrets.

    Interrupted, nothing is lost: the old keys go last, and it may be run again. `folder` is where the keys are.
    """
    keys.add_vault_key(folder)
    parts.vault = keys.vault(folder)
    done = sum(_encrypt_again(parts, table, column) for table, column in _KEPT)
    keys.drop_old_vault_keys(folder)
    return done


def _encrypt_again(parts: Parts, table: str, column: str) -> int:
    last, done = "", 0
    listed = f"SELECT id, {column} FROM {table} WHERE id > ? ORDER BY id LIMIT {_PAGE}"  # noqa: S608 - our own names
    while page := rows(listed, (last,)):
        with durable():
            for row_id, secret in page:
                fresh = parts.vault.rotate(secret.encode()).decode()
                stored = f"UPDATE {table} SET {column} = ? WHERE id = ? AND {column} = ?"  # noqa: S608 - our own names
                change(stored, (fresh, row_id, secret))
        last, done = page[-1][0], done + len(page)
    return done
