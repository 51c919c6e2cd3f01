"""Tasks as Glance shows them, whole and in lists."""

from typing import Any
from urllib.parse import urlencode

from stacklab.core import clock
from stacklab.http.request import Query
from stacklab.images.tasks import Task


def stub(task: Task) -> dict[str, Any]:
    """Without what went in and came out."""
    shown: dict[str, Any] = {
        "id": task.id,
        "type": task.type,
        "status": task.status,
        "owner": task.owner,
        "created_at": clock.iso(task.created_at),
        "updated_at": clock.iso(task.updated_at),
        "self": f"/v2/tasks/{task.id}",
        "schema": "/v2/schemas/task",
    }
    if task.expires_at is not None:
        shown["expires_at"] = clock.iso(task.expires_at)
    return shown


def whole(task: Task) -> dict[str, Any]:
    shown = stub(task) | {"input": task.input, "result": task.result, "message": task.message}
    optional = {"image_id": task.image_id, "request_id": task.request_id, "user_id": task.user_id}
    return shown | {name: value for name, value in optional.items() if value}


def of_image(task: Task) -> dict[str, Any]:
    """Below its image Glance shows a task as its row is, without links."""
    shown = {name: value for name, value in whole(task).items() if name not in ("self", "schema")}
    return {"expires_at": None, **shown, "deleted": False, "deleted_at": None}


def listed(found: list[Task], query: Query, limit: int) -> dict[str, Any]:
    """A page. `next` is there when the page is full."""
    pairs = [(name, value) for name, value in query.pairs if name != "marker"]
    body = {"tasks": [stub(task) for task in found], "first": _page(pairs), "schema": "/v2/schemas/tasks"}
    if found and len(found) == limit:
        body["next"] = _page([*pairs, ("marker", found[-1].id)])
    return body


def _page(pairs: list[tuple[str, str]]) -> str:
    return f"/v2/tasks?{urlencode(pairs)}" if pairs else "/v2/tasks"
