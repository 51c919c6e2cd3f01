"""Glance's older way to import, kept for operators: POST /v2/tasks makes the image and imports into it."""

from typing import Any

from stacklab.core import ids
from stacklab.core.errors import BadRequest
from stacklab.http.reply import Reply, created, ok
from stacklab.http.request import Request
from stacklab.images import old_imports, task_views, tasks
from stacklab.images.service import Images

_MOST = 1000  # of a page


def index(_service: Images, request: Request) -> Reply:
    request.ctx.authorize("images:tasks")
    asked = _asked(request)
    return ok(task_views.listed(tasks.page(request.ctx, asked), request.query, asked.limit))


def show(_service: Images, request: Request) -> Reply:
    return ok(task_views.whole(tasks.get(request.ctx, request.path["task_id"])))


def create(service: Images, request: Request) -> Reply:
    body: dict[str, Any] = request.body
    task = old_imports.begin(request.ctx, service.settings, body)
    return created(task_views.whole(task), f"{request.base}/v2/tasks/{task.id}")


def _asked(request: Request) -> tasks.Asked:
    """Raises BadRequest for what cannot be."""
    query = request.query
    limit, marker = query.get("limit", "25") or "", query.get("marker") or ""
    if not (limit.isascii() and limit.isdigit()):
        raise BadRequest("limit param must be an integer that is not negative")
    if marker and not ids.is_uuid(marker):
        raise BadRequest("Invalid marker format")
    direction, key = query.get("sort_dir", "desc"), query.get("sort_key", "created_at")
    if direction not in ("asc", "desc") or key not in tasks.SORTABLE:
        raise BadRequest(f"Tasks are sorted by {', '.join(tasks.SORTABLE)}, in the direction asc or desc")
    status, kind = query.get("status") or "", query.get("type") or ""
    if status and status not in tasks.STATUSES:
        raise BadRequest(f"Invalid status value: {status}")
    if kind and kind not in tasks.TYPES:
        raise BadRequest(f"Invalid type value: {kind}")
    return tasks.Asked(min(int(limit), _MOST), marker, key, direction == "desc", status, kind)
