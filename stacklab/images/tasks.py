"""Tasks: what was asked of an image and goes on behind the answer. The row is Glance's view of one durable job.

pending → processing → success or failure. What ended is shown for two days more.
"""

from typing import Any

import msgspec
from msgspec import Struct

from stacklab.core import clock, ids
from stacklab.core.db.database import change, row, rows, transaction
from stacklab.core.errors import BadRequest, NotFound
from stacklab.http.context import Context

STATUSES = ("pending", "processing", "success", "failure")
IMPORT = "api_image_import"
OLD_IMPORT = "import"
LOCATION = "location_import"
TYPES = (OLD_IMPORT, IMPORT, LOCATION)
_PLAIN = ("id", "type", "status", "created_at", "updated_at")
SORTABLE = {**{name: name for name in _PLAIN}, "expires_at": "coalesce(expires_at, 0)"}
_KEPT = 48 * 3600 * clock.SECOND  # after its end, Glance's default
_COLUMNS = (
    "id, type, status, owner, image_id, user_id, request_id, input, result, message, created_at, updated_at, expires_at"
)
_GET = f"SELECT {_COLUMNS} FROM image_tasks WHERE id = ?"  # noqa: S608
_OF_IMAGE = f"SELECT {_COLUMNS} FROM image_tasks WHERE image_id = ? ORDER BY created_at DESC LIMIT 1000"  # noqa: S608
_END = "UPDATE image_tasks SET status = ?, message = ?, result = ?, updated_at = ?, expires_at = ? WHERE id = ?"


class Task(Struct, frozen=True):
    """Times in µs; `expires_at` is None until it ended."""

    id: str
    type: str
    status: str
    owner: str
    image_id: str | None
    user_id: str
    request_id: str
    input: dict[str, Any]
    result: dict[str, Any] | None
    message: str
    created_at: int
    updated_at: int
    expires_at: int | None


def add(ctx: Context, kind: str, asked: dict[str, Any], image_id: str | None) -> Task:
    """A new one, pending. Inside the transaction that queues its job; forgets those whose time is over."""
    now = clock.now()
    task = Task(
        ids.new_uuid(), kind, "pending", ctx.project_id, image_id, ctx.user_id, ctx.request_id, asked, None, "",
        now, now, None,
    )  # fmt: skip
    change("DELETE FROM image_tasks WHERE expires_at < ?", (now,))
    values = (task.id, kind, task.status, task.owner, image_id, task.user_id, task.request_id)
    text = msgspec.json.encode(asked).decode()
    change(f"INSERT INTO image_tasks ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, '', ?, ?, NULL)",  # noqa: S608
           (*values, text, now, now))  # fmt: skip
    return task


def find(task_id: str) -> Task | None:
    found = row(_GET, (task_id,))
    return _read(found) if found else None


def get(ctx: Context, task_id: str) -> Task:
    """Raises NotFound."""
    ctx.authorize("images:tasks")
    task = find(task_id)
    if task is None:
        raise NotFound(f"Could not find task {task_id}")
    return task


def of_image(image_id: str) -> list[Task]:
    """Newest first."""
    return [_read(found) for found in rows(_OF_IMAGE, (image_id,))]


def begin(task_id: str) -> None:
    with transaction():
        change("UPDATE image_tasks SET status = 'processing', updated_at = ? WHERE id = ?", (clock.now(), task_id))


def succeed(task_id: str, result: dict[str, Any], message: str = "") -> None:
    _end(task_id, "success", message, result)


def fail(task_id: str, message: str) -> None:
    _end(task_id, "failure", message, None)


def _end(task_id: str, status: str, message: str, result: dict[str, Any] | None) -> None:
    now = clock.now()
    text = msgspec.json.encode(result).decode() if result is not None else None
    with transaction():
        change(_END, (status, message, text, now, now + _KEPT, task_id))


class Asked(Struct, frozen=True):
    """One page of the list."""

    limit: int = 25
    marker: str = ""
    sort: str = "created_at"
    descending: bool = True
    status: str = ""
    type: str = ""


def page(ctx: Context, asked: Asked) -> list[Task]:
    """In the order of `sort`, a column of SORTABLE. Raises BadRequest for a marker that is no task."""
    ctx.authorize("images:tasks")
    columns = [SORTABLE[asked.sort], "created_at", "id"]
    where, params = ["1 = 1"], list[Any]()
    for name, value in (("status", asked.status), ("type", asked.type)):
        if value:
            where.append(f"{name} = ?")
            params.append(value)
    if asked.marker:
        last = row(f"SELECT {', '.join(columns)} FROM image_tasks WHERE id = ?", (asked.marker,))  # noqa: S608
        if last is None:
            raise BadRequest(f"No task found with ID {asked.marker}")
        where.append(f"({', '.join(columns)}) {'<' if asked.descending else '>'} (?, ?, ?)")
        params += last
    order = ", ".join(f"{column} {'DESC' if asked.descending else 'ASC'}" for column in columns)
    sql = (
        f"SELECT {_COLUMNS} FROM image_tasks WHERE {' AND '.join(where)} "  # noqa: S608
        f"ORDER BY {order} LIMIT ?"
    )
    return [_read(found) for found in rows(sql, (*params, asked.limit))]


def _read(values: tuple[Any, ...]) -> Task:
    decoded = msgspec.json.decode(values[8]) if values[8] else None
    inner: tuple[Any, ...] = (*values[:7], msgspec.json.decode(values[7]), decoded, *values[9:])
    return Task(*inner)
