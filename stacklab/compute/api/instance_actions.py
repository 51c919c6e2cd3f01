"""/servers/{id}/os-instance-actions: what was asked of a server and the steps it took, the boot trace."""

from typing import Any

from stacklab.compute.model import actions as model
from stacklab.compute.model import servers
from stacklab.compute.model.actions import Action, Event
from stacklab.compute.model.servers import Server
from stacklab.compute.service import Compute
from stacklab.compute.views.servers import host_id
from stacklab.core import clock
from stacklab.core.errors import BadRequest, NotFound
from stacklab.http.pages import next_url, page
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route


def index(_compute: Compute, request: Request) -> Reply:
    server = _server(request)
    asked = page(request)
    paged = request.version >= (2, 58)
    marker = _marker(server, asked.marker) if paged and asked.marker else None
    found = model.of_server(
        server.id,
        asked.limit if paged else 1000,
        marker,
        _time(request, "changes-since") if paged else None,
        _time(request, "changes-before") if request.version >= (2, 66) else None,
    )
    body: dict[str, Any] = {"instanceActions": [_view(action, request) for action in found]}
    if paged and found and len(found) == asked.limit and "limit" in request.query:
        body["links"] = [{"rel": "next", "href": next_url(request, found[-1].request_id, asked.limit)}]
    return ok(body)


def show(compute: Compute, request: Request) -> Reply:
    server = _server(request)
    action = model.by_request(server.id, request.path["id"])
    if action is None:
        raise NotFound(f"Action {request.path['id']} not found.")
    view = _view(action, request)
    admin = request.ctx.can("compute:servers:actions:events")
    if admin or request.version >= (2, 51):
        host = compute.parts.host
        view["events"] = [_event(event, server, host, admin, request) for event in model.events_of(action.id)]
    return ok({"instanceAction": view})


def _server(request: Request) -> Server:
    """Deleted servers keep their history since 2.21."""
    request.ctx.authorize("compute:servers:actions:index")
    server_id = request.path["server_id"]
    found = servers.get_any(server_id)
    hidden = found is not None and found.deleted_at and request.version < (2, 21)
    if found is None or hidden or not (request.ctx.admin or found.project_id == request.ctx.project_id):
        raise NotFound(f"Instance {server_id} could not be found.")
    return found


def _marker(server: Server, request_id: str) -> int:
    found = model.by_request(server.id, request_id)
    if found is None:
        raise BadRequest(f"marker [{request_id}] not found")
    return found.id


def _time(request: Request, name: str) -> int | None:
    text = request.query.get(name)
    try:
        return clock.parse(text) if text is not None else None
    except ValueError:
        raise BadRequest(
            f"Invalid input for query parameters {name}. Value: {text}. '{text}' is not a 'date-time'"
        ) from None


def _view(action: Action, request: Request) -> dict[str, Any]:
    view = {
        "action": action.action,
        "instance_uuid": action.server_id,
        "request_id": action.request_id,
        "user_id": action.user_id,
        "project_id": action.project_id,
        "start_time": clock.naive_us(action.started_at),
        "message": action.message,
    }
    if request.version >= (2, 58):
        view["updated_at"] = clock.naive_us(action.updated_at)
    return view


def _event(event: Event, server: Server, host: str, admin: bool, request: Request) -> dict[str, Any]:
    view: dict[str, Any] = {
        "event": event.event,
        "start_time": clock.naive_us(event.started_at),
        "finish_time": clock.naive_us(event.finished_at) if event.finished_at else None,
        "result": event.result,
    }
    if admin:
        view["traceback"] = None
    if request.version >= (2, 62):
        view["hostId"] = host_id(server, host)
        if admin:
            view["host"] = host
    if request.version >= (2, 84):
        view["details"] = event.details
    return view


ROUTES = [
    Route("GET", "/v2.1/servers/{server_id}/os-instance-actions", index),
    Route("GET", "/v2.1/servers/{server_id}/os-instance-actions/{id}", show),
]
