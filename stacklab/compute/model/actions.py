"""What was asked of a server and the steps it took. Ids are unique timestamps, so they order by time."""

from typing import NamedTuple

from stacklab.core import clock
from stacklab.core.db.database import change, row, rows
from stacklab.http.context import Context


class Action(NamedTuple):
    id: int
    server_id: str
    request_id: str
    action: str
    user_id: str
    project_id: str
    started_at: int
    updated_at: int
    message: str | None


class Event(NamedTuple):
    id: int
    action_id: int
    event: str
    started_at: int
    finished_at: int | None
    result: str | None
    details: str | None


_ACTION = ", ".join(Action._fields)
_EVENT = ", ".join(Event._fields)


def begin(ctx: Context, server_id: str, project_id: str, name: str) -> int:
    """Record that `name` was asked for, in the surrounding transaction. Returns the action's id."""
    action_id, now = clock.unique(), clock.now()
    record = (action_id, server_id, ctx.request_id, name, ctx.user_id, project_id, now, now, None)
    change(f"INSERT INTO actions ({_ACTION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", record)  # noqa: S608
    return action_id


def fail(action_id: int, message: str) -> None:
    change("UPDATE actions SET message = ?, updated_at = ? WHERE id = ?", (message, clock.now(), action_id))


def start_event(action_id: int, name: str) -> int:
    """One row a step: a step that is run again after a crash starts again, it is not shown twice."""
    now = clock.now()
    found = row("SELECT id FROM action_events WHERE action_id = ? AND event = ?", (action_id, name))
    event_id = int(found[0]) if found else clock.unique()
    if found:
        sql = "UPDATE action_events SET started_at = ?, finished_at = NULL, result = NULL WHERE id = ?"
        change(sql, (now, event_id))
    elif row("SELECT 1 FROM actions WHERE id = ?", (action_id,)):
        change("INSERT INTO action_events VALUES (?, ?, ?, ?, NULL, NULL, NULL)", (event_id, action_id, name, now))
    change("UPDATE actions SET updated_at = ? WHERE id = ?", (now, action_id))
    return event_id


def finish_event(event_id: int, action_id: int, error: str | None = None, at: int | None = None) -> None:
    """`at`: when it finished, if that is not now (µs)."""
    now = at or clock.now()
    change(
        "UPDATE action_events SET finished_at = ?, result = ?, details = ? WHERE id = ?",
        (now, "Error" if error else "Success", error, event_id),
    )
    change("UPDATE actions SET updated_at = ? WHERE id = ?", (now, action_id))


def of_server(
    server_id: str, limit: int, marker: int | None, since: int | None = None, before: int | None = None
) -> list[Action]:
    """Newest first, after the action whose id is `marker`."""
    sql = f"SELECT {_ACTION} FROM actions WHERE server_id = ?"  # noqa: S608
    values: list[object] = [server_id]
    for test, value in (("id < ?", marker), ("updated_at >= ?", since), ("updated_at <= ?", before)):
        if value is not None:
            sql += f" AND {test}"
            values.append(value)
    return [Action(*found) for found in rows(f"{sql} ORDER BY id DESC LIMIT ?", (*values, limit))]


def by_request(server_id: str, request_id: str) -> Action | None:
    sql = f"SELECT {_ACTION} FROM actions WHERE server_id = ? AND request_id = ? ORDER BY id LIMIT 1"  # noqa: S608
    found = row(sql, (server_id, request_id))
    return Action(*found) if found else None


def events_of(action_id: int) -> list[Event]:
    """In the order they began."""
    sql = f"SELECT {_EVENT} FROM action_events WHERE action_id = ? ORDER BY id"  # noqa: S608
    return [Event(*found) for found in rows(sql, (action_id,))]
