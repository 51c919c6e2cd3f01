"""/os-hypervisors, /os-services, /os-availability-zone: the one host, for operators (and its zone, for everyone)."""

from typing import Any

from msgspec import UNSET

from stacklab.compute.hosts import Service
from stacklab.compute.model import servers as model
from stacklab.compute.parts import ZONE
from stacklab.compute.schemas.admin import OldServiceChange, ServiceChange
from stacklab.compute.schemas.common import given, invalid, truth
from stacklab.compute.service import Compute
from stacklab.compute.views import hosts as views
from stacklab.core import clock
from stacklab.core.errors import BadRequest, NotFound
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route

# --- hypervisors


def hypervisors(compute: Compute, request: Request) -> Reply:
    return ok({"hypervisors": [_hypervisor(compute, request, False) for _ in _matching(compute, request)]})


def hypervisors_detail(compute: Compute, request: Request) -> Reply:
    return ok({"hypervisors": [_hypervisor(compute, request, True) for _ in _matching(compute, request)]})


def hypervisor(compute: Compute, request: Request) -> Reply:
    _found(compute, request)
    return ok({"hypervisor": _hypervisor(compute, request, True)})


def statistics(compute: Compute, request: Request) -> Reply:
    load = compute.hosts.load(request.ctx)
    return ok({"hypervisor_statistics": views.statistics(compute.parts, load)})


def uptime(compute: Compute, request: Request) -> Reply:
    _found(compute, request)
    view = views.hypervisor(compute.parts, _service(compute, request), request.version)
    return ok({"hypervisor": {**view, "uptime": compute.hosts.load(request.ctx).uptime}})


def search(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:hypervisors:index")
    if request.path["id"] not in compute.parts.host:
        raise NotFound(f"No hypervisor matching '{request.path['id']}' could be found.")
    return ok({"hypervisors": [_hypervisor(compute, request, False)]})


def its_servers(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:hypervisors:index")
    if request.path["id"] not in compute.parts.host:
        raise NotFound(f"No hypervisor matching '{request.path['id']}' could be found.")
    view = _hypervisor(compute, request, False)
    if servers := _servers():
        view["servers"] = servers
    return ok({"hypervisors": [view]})


def _matching(compute: Compute, request: Request) -> list[str]:
    request.ctx.authorize("compute:hypervisors:index")
    pattern, marker = request.query.get("hypervisor_hostname_pattern"), request.query.get("marker")
    if request.version >= (2, 53) and pattern is not None and pattern not in compute.parts.host:
        raise NotFound(f"No hypervisor matching '{pattern}' could be found.")
    if marker is not None and request.version >= (2, 33):
        if marker != str(views.hypervisor_id(compute.parts, request.version)):
            raise BadRequest(f"Marker {marker} could not be found.")
        return []
    return [compute.parts.host]


def _found(compute: Compute, request: Request) -> None:
    request.ctx.authorize("compute:hypervisors:index")
    asked = request.path["id"]
    if asked != str(views.hypervisor_id(compute.parts, request.version)):
        raise NotFound(f"Hypervisor with ID '{asked}' could not be found.")


def _hypervisor(compute: Compute, request: Request, detail: bool) -> dict[str, Any]:
    service = _service(compute, request)
    if detail:
        view = views.hypervisor_detail(compute.parts, service, compute.hosts.load(request.ctx), request.version)
    else:
        view = views.hypervisor(compute.parts, service, request.version)
    if request.version >= (2, 53) and truth(request.query.get("with_servers") or False, "with_servers"):
        servers = _servers()
        if servers or request.version >= (2, 75):
            view["servers"] = servers
    return view


def _servers() -> list[dict[str, str]]:
    return [{"uuid": server.id, "name": f"sl-{server.id}"} for server in model.living()]


def _service(compute: Compute, request: Request) -> Service:
    return compute.hosts.services(request.ctx, "nova-compute")[0]


# --- services


def services(compute: Compute, request: Request) -> Reply:
    found = compute.hosts.services(request.ctx, request.query.get("binary"), request.query.get("host"))
    return ok({"services": [views.service(service, compute.parts.host, request.version) for service in found]})


def change_service(compute: Compute, request: Request) -> Reply:
    body: ServiceChange = request.body
    disabled = None if body.status is UNSET else body.status == "disabled"
    forced = None if body.forced_down is UNSET else truth(body.forced_down, "forced_down")
    reason = given(body.disabled_reason)
    if disabled is None and forced is None:
        raise invalid("body", "'status' or 'forced_down' is a required property")
    if reason is not None and disabled is not True:
        raise BadRequest("Specifying disabled_reason requires that status is 'disabled'.")
    changed = compute.hosts.change_service(request.ctx, request.path["id"], disabled, reason, forced)
    return ok({"service": views.service(changed, compute.parts.host, request.version)})


def change_old_service(compute: Compute, request: Request) -> Reply:
    """Up to 2.52 the path names the change, the body the service."""
    body: OldServiceChange = request.body
    verb = request.path["id"]
    found = compute.hosts.services(request.ctx, body.binary, body.host)
    if not found:
        raise NotFound(f"Service {body.binary} on host {body.host} could not be found.")
    view: dict[str, Any] = {"binary": body.binary, "host": body.host}
    reason = given(body.disabled_reason)
    if verb == "force-down" and request.version >= (2, 11):
        forced = truth(given(body.forced_down, True), "forced_down")
        compute.hosts.change_service(request.ctx, found[0].id, None, None, forced)
        return ok({"service": {**view, "forced_down": forced}})
    if verb not in ("enable", "disable", "disable-log-reason"):
        raise NotFound("Unknown action")
    if verb == "disable-log-reason":
        if not reason:
            raise BadRequest("Missing disabled reason field")
        view["disabled_reason"] = reason
    compute.hosts.change_service(request.ctx, found[0].id, verb != "enable", reason, None)
    return ok({"service": {**view, "status": "enabled" if verb == "enable" else "disabled"}})


def delete_service(compute: Compute, request: Request) -> Reply:
    """The node's own parts go with the node; what is not there is NotFound."""
    request.ctx.authorize("compute:services:update")
    compute.hosts.service(request.ctx, request.path["id"])
    raise BadRequest("This service is a part of the node that answers: it cannot be deleted while it runs.")


# --- zones


def zones(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:zones:index")
    open_ = not compute.hosts.closed()
    return ok({"availabilityZoneInfo": [{"zoneName": ZONE, "zoneState": {"available": open_}, "hosts": None}]})


def zones_detail(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:zones:detail")
    found = compute.hosts.services(request.ctx)
    view = []
    for zone in ("internal", ZONE):
        binaries = {service.binary_name: _seen(service) for service in found if views.zone_of(service) == zone}
        available = any(entry["active"] and entry["available"] for entry in binaries.values())
        view.append({"zoneName": zone, "zoneState": {"available": available}, "hosts": {compute.parts.host: binaries}})
    return ok({"availabilityZoneInfo": view})


def _seen(service: Service) -> dict[str, Any]:
    return {
        "available": not service.forced_down,
        "active": not service.disabled,
        "updated_at": clock.naive_us(clock.now()),
    }


ROUTES = [
    Route("GET", "/v2.1/os-hypervisors", hypervisors),
    Route("GET", "/v2.1/os-hypervisors/detail", hypervisors_detail),
    Route("GET", "/v2.1/os-hypervisors/statistics", statistics, highest=(2, 87)),
    Route("GET", "/v2.1/os-hypervisors/{id}", hypervisor),
    Route("GET", "/v2.1/os-hypervisors/{id}/uptime", uptime, highest=(2, 87)),
    Route("GET", "/v2.1/os-hypervisors/{id}/search", search, highest=(2, 52)),
    Route("GET", "/v2.1/os-hypervisors/{id}/servers", its_servers, highest=(2, 52)),
    Route("GET", "/v2.1/os-services", services),
    Route("PUT", "/v2.1/os-services/{id}", change_service, body=ServiceChange, lowest=(2, 53)),
    Route("PUT", "/v2.1/os-services/{id}", change_old_service, body=OldServiceChange, highest=(2, 52)),
    Route("DELETE", "/v2.1/os-services/{id}", delete_service),
    Route("GET", "/v2.1/os-availability-zone", zones),
    Route("GET", "/v2.1/os-availability-zone/detail", zones_detail),
]
