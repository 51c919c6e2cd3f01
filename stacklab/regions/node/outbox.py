"""What home must be told, until it has said that it has it."""

from typing import Any

import msgspec

from stacklab.core.db.database import change, row, rows, transaction

_NUMBERED = """
INSERT INTO regions_outbox (id, key, kind, payload)
SELECT coalesce(max(id), 0) + 1, ?, ?, ? FROM regions_outbox WHERE 1 = 1
"""
_ONCE = _NUMBERED + " ON CONFLICT (key) DO NOTHING"
_LATEST = _NUMBERED + " ON CONFLICT (key) DO UPDATE SET id = excluded.id, payload = excluded.payload, error = ''"
_PAGE = "SELECT id, key, kind, payload FROM regions_outbox WHERE error = '' ORDER BY id LIMIT ?"


def put(kind: str, key: str, payload: dict[str, Any], *, latest: bool = False) -> None:
    """In the surrounding transaction. The key is what home counts once by; `latest` replaces what waits under it."""
    with transaction():
        change(_LATEST if latest else _ONCE, (key, kind, msgspec.json.encode(payload).decode()))


def page(most: int) -> list[dict[str, Any]]:
    """The oldest items, as a report carries them."""
    found = rows(_PAGE, (most,))
    return [{"id": r[0], "key": r[1], "kind": r[2], "payload": msgspec.json.decode(r[3])} for r in found]


def delivered(items: list[int]) -> None:
    with transaction():
        for item in items:
            change("DELETE FROM regions_outbox WHERE id = ?", (item,))


def waiting() -> int:
    found = row("SELECT count(*) FROM regions_outbox WHERE error = ''")
    return found[0] if found else 0


def park(item: int, why: str) -> None:
    """Home will never have it: it stays, with why, and is not sent again."""
    with transaction():
        change("UPDATE regions_outbox SET error = ? WHERE id = ?", (why or "refused", item))


def parked() -> list[dict[str, str]]:
    """The first few that home will not have. Anybody may see them in the health: no keys, which name servers."""
    found = rows("SELECT kind, error FROM regions_outbox WHERE error <> '' ORDER BY id LIMIT 10")
    return [{"kind": kind, "error": error} for kind, error in found]
