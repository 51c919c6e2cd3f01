"""/os-simple-tenant-usage."""

from typing import Any

from stacklab.compute import usage
from stacklab.compute.service import Compute
from stacklab.compute.usage import ServerUsage
from stacklab.core import clock
from stacklab.core.errors import BadRequest
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route

_FOUR_WEEKS = 28 * 24 * usage.HOUR


def index(_compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:usage:index")
    start, stop = _span(request)
    detailed = request.query.get("detailed") == "1"
    found = usage.of_projects(start, stop)
    return ok({"tenant_usages": [_view(project, listed, start, stop, detailed) for project, listed in found.items()]})


def show(_compute: Compute, request: Request) -> Reply:
    project = request.path["id"]
    request.ctx.authorize("compute:usage:show", project_id=project)
    start, stop = _span(request)
    listed = usage.of_projects(start, stop, project).get(project, [])
    return ok({"tenant_usage": _view(project, listed, start, stop, True) if listed else {}})


def _span(request: Request) -> tuple[int, int]:
    stop = _time(request, "end", clock.now())
    start = _time(request, "start", stop - _FOUR_WEEKS)
    if start >= stop:
        raise BadRequest("Invalid start time. The start time cannot occur after the end time.")
    return start, stop


def _time(request: Request, name: str, default: int) -> int:
    text = request.query.get(name)
    try:
        return clock.parse(text) if text else default
    except ValueError:
        raise BadRequest(f"Datetime is in invalid format: {text}") from None


def _view(project: str, listed: list[ServerUsage], start: int, stop: int, detailed: bool) -> dict[str, Any]:
    view: dict[str, Any] = {
        "tenant_id": project,
        "total_hours": sum(entry.hours for entry in listed),
        "total_vcpus_usage": sum(entry.hours * entry.server.vcpus for entry in listed),
        "total_memory_mb_usage": sum(entry.hours * entry.server.ram_mb for entry in listed),
        "total_local_gb_usage": sum(entry.hours * entry.server.disk_gb for entry in listed),
        "start": clock.naive_us(start),
        "stop": clock.naive_us(stop),
    }
    if detailed:
        view["server_usages"] = [_server(entry, stop) for entry in listed]
    return view


def _server(entry: ServerUsage, stop: int) -> dict[str, Any]:
    server = entry.server
    return {
        "instance_id": server.id,
        "name": server.name,
        "hours": entry.hours,
        "flavor": usage.flavor_name(server),
        "vcpus": server.vcpus,
        "memory_mb": server.ram_mb,
        "local_gb": server.disk_gb,
        "tenant_id": server.project_id,
        "started_at": clock.naive_us(entry.start),
        "ended_at": clock.naive_us(entry.end) if entry.end else None,
        "uptime": max((min(entry.end or stop, stop) - entry.start) // clock.SECOND, 0),
        "state": "terminated" if entry.end else server.vm_state,
    }


ROUTES = [
    Route("GET", "/v2.1/os-simple-tenant-usage", index),
    Route("GET", "/v2.1/os-simple-tenant-usage/{id}", show),
]
