"""The table of leases: one row a living server, and the changes it goes through."""

from collections.abc import Sequence
from typing import NamedTuple

from stacklab.core.db.database import change, row, rows, transaction

RUNNING, ANNOUNCED, STOPPED = "running", "announced", "stopped"
IDLE, AGE = "idle", "age"
_AT_ONCE = 100  # rows a transaction: the writer's lock is held for a moment only


class Lease(NamedTuple):
    """Times in µs. `begun_at`: where the age counts from; `busy_at`: last seen working; `staged_at`: since when it is
    announced or stopped, for `reason`."""

    server_id: str
    project_id: str
    begun_at: int
    busy_at: int
    extended_at: int | None = None
    stage: str = RUNNING
    reason: str | None = None
    staged_at: int | None = None


_COLUMNS = ", ".join(Lease._fields)
_EVERY = f"SELECT {_COLUMNS} FROM signup_leases"  # noqa: S608
_PUT = f"INSERT INTO signup_leases ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (server_id) "  # noqa: S608


def every() -> dict[str, Lease]:
    return {found[0]: Lease(*found) for found in rows(_EVERY)}


def of_project(project_id: str) -> dict[str, Lease]:
    return {found[0]: Lease(*found) for found in rows(f"{_EVERY} WHERE project_id = ?", (project_id,))}


def get(server_id: str) -> Lease | None:
    found = row(f"{_EVERY} WHERE server_id = ?", (server_id,))
    return Lease(*found) if found else None


def begin(leases: Sequence[Lease]) -> None:
    """Those that have none yet get theirs."""
    for at in range(0, len(leases), _AT_ONCE):
        with transaction():
            for lease in leases[at : at + _AT_ONCE]:
                change(f"{_PUT} DO NOTHING", tuple(lease))


def end(server_ids: Sequence[str]) -> None:
    for at in range(0, len(server_ids), _AT_ONCE):
        with transaction():
            for server_id in server_ids[at : at + _AT_ONCE]:
                change("DELETE FROM signup_leases WHERE server_id = ?", (server_id,))


def note_busy(server_ids: Sequence[str], now: int) -> None:
    for at in range(0, len(server_ids), _AT_ONCE):
        with transaction():
            for server_id in server_ids[at : at + _AT_ONCE]:
                change("UPDATE signup_leases SET busy_at = ? WHERE server_id = ?", (now, server_id))


def renew(server_id: str, project_id: str, now: int) -> None:
    """It begins anew, whatever stage it was in. Inside a transaction."""
    fresh = Lease(server_id, project_id, now, now, now)
    change(
        f"{_PUT} DO UPDATE SET begun_at = excluded.begun_at, busy_at = excluded.busy_at, "
        "extended_at = excluded.extended_at, stage = excluded.stage, reason = NULL, staged_at = NULL",
        tuple(fresh),
    )


def move(lease: Lease, stage: str, reason: str | None, now: int | None) -> bool:
    """Into another stage; False when it was extended or moved by somebody else meanwhile. Inside a transaction."""
    sql = (
        "UPDATE signup_leases SET stage = ?, reason = ?, staged_at = ? "
        "WHERE server_id = ? AND stage = ? AND begun_at = ?"
    )
    return change(sql, (stage, reason, now, lease.server_id, lease.stage, lease.begun_at)) == 1


def put_off(span: int) -> None:
    """Nobody could look, or extend, for so long (µs): idleness and deadlines count on from now."""
    with transaction():
        change("UPDATE signup_leases SET busy_at = busy_at + ?, staged_at = staged_at + ?", (span, span))
