"""Security groups of a server, and the proxies to the network service that compute had up to 2.35."""

from ipaddress import ip_network
from typing import Any

from stacklab.compute.model import actions
from stacklab.compute.schemas.common import number
from stacklab.compute.schemas.security_groups import CreateRule, GroupOf, PutGroup, RuleBody
from stacklab.compute.servers import refuse_locked
from stacklab.compute.service import Compute
from stacklab.core.db.database import transaction
from stacklab.core.errors import BadRequest, Conflict, NotFound
from stacklab.core.ids import is_uuid
from stacklab.http.context import Context
from stacklab.http.reply import Reply, accepted, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.networks.service import GroupInfo, Rule

_EVERYWHERE = "0.0.0.0/0"

# --- of a server


def of_server(compute: Compute, request: Request) -> Reply:
    ctx, networks = request.ctx, compute.parts.networks
    server = compute.servers.get(ctx, request.path["server_id"], "compute:servers:security_groups:index")
    ports = networks.ports_of([server.id]).get(server.id, [])
    listed = dict.fromkeys(group_id for port in ports for group_id, _ in port.security_groups)
    found = [networks.groups.find(ctx, group_id) for group_id in listed]
    return ok({"security_groups": [_view(compute, ctx, group) for group in found]})


def add(compute: Compute, request: Request) -> Reply:
    _change(compute, request, "addSecurityGroup")
    return accepted()


def remove(compute: Compute, request: Request) -> Reply:
    _change(compute, request, "removeSecurityGroup")
    return accepted()


def _change(compute: Compute, request: Request, name: str) -> None:
    body: GroupOf = request.body
    doors = compute.parts.networks.groups
    with transaction():
        server = compute.servers.get(request.ctx, request.path["id"], "compute:servers:security_groups:update")
        refuse_locked(request.ctx, server)
        change = doors.put_on_server if name == "addSecurityGroup" else doors.take_off_server
        change(server.project_id, server.id, body.name)
        actions.begin(request.ctx, server.id, server.project_id, name)
        compute.parts.changed(server)


# --- the proxies


def index(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:proxies:read")
    everywhere = request.ctx.admin and "all_tenants" in request.query
    found = compute.parts.networks.groups.index(request.ctx, everywhere)
    return ok({"security_groups": [_view(compute, request.ctx, group) for group in found]})


def show(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:proxies:read")
    found = compute.parts.networks.groups.find(request.ctx, request.path["id"])
    return ok({"security_group": _view(compute, request.ctx, found)})


def create(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:proxies:write")
    name, description = _names(request.body)
    try:
        made = compute.parts.networks.groups.create(request.ctx, name, description)
    except Conflict as conflict:
        raise BadRequest(conflict.message) from None
    return ok({"security_group": _view(compute, request.ctx, made)})


def update(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:proxies:write")
    name, description = _names(request.body)
    try:
        changed = compute.parts.networks.groups.update(request.ctx, request.path["id"], name, description)
    except Conflict as conflict:
        raise BadRequest(conflict.message) from None
    return ok({"security_group": _view(compute, request.ctx, changed)})


def delete(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:proxies:write")
    try:
        compute.parts.networks.groups.delete(request.ctx, request.path["id"])
    except Conflict as conflict:
        raise BadRequest(conflict.message) from None
    return accepted()


def create_rule(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:proxies:write")
    body: CreateRule = request.body
    sent, doors = body.security_group_rule, compute.parts.networks.groups
    if not is_uuid(str(sent.parent_group_id)):
        raise BadRequest(f"Security group id should be uuid: {sent.parent_group_id}")
    parent = doors.find(request.ctx, str(sent.parent_group_id))
    cidr = _range(sent)
    other = str(sent.group_id) if sent.group_id else None
    protocol = (sent.ip_protocol or "").lower() or None
    try:
        rule = doors.add_rule(request.ctx, parent.id, protocol, _ports(sent, protocol), None if other else cidr, other)
    except Conflict as conflict:
        raise BadRequest(conflict.message) from None
    return ok({"security_group_rule": _rule(compute, request.ctx, rule)})


def delete_rule(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:proxies:write")
    compute.parts.networks.groups.delete_rule(request.ctx, request.path["id"])
    return accepted()


# --- reading


def _names(body: PutGroup) -> tuple[str, str]:
    """Both must have something in them, and not too much."""
    sent = body.security_group
    for field, text in (("name", sent.name), ("description", sent.description or " -")):
        if not text.strip():
            raise BadRequest(f"Security group {field} cannot be empty.")
        if len(text) > 255:
            raise BadRequest(f"Security group {field} should not be greater than 255 characters.")
    return sent.name, sent.description or ""


def _range(sent: RuleBody) -> str:
    """As it was sent: Nova shows it so."""
    try:
        ip_network(sent.cidr or _EVERYWHERE, strict=False)
    except ValueError:
        raise BadRequest(f"Invalid cidr {sent.cidr}") from None
    return sent.cidr or _EVERYWHERE


def _ports(sent: RuleBody, protocol: str | None) -> tuple[int | None, int | None]:
    """-1 means any; a protocol without ports means all of them."""
    if sent.from_port is None or sent.to_port is None:
        if protocol is None:
            raise BadRequest("Missing parameters: from_port, to_port or ip_protocol.")
        return None, None
    low, high = number(sent.from_port, "from_port", -1, 65535), number(sent.to_port, "to_port", -1, 65535)
    if protocol in ("tcp", "udp") and not 1 <= low <= high:
        raise BadRequest(f"Invalid port range {low}:{high}. Valid TCP ports should be between 1-65535")
    return (low if low >= 0 else None), (high if high >= 0 else None)


# --- presenting


def _view(compute: Compute, ctx: Context, group: GroupInfo) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "tenant_id": group.project_id,
        "rules": [_rule(compute, ctx, rule) for rule in group.rules],
    }


def _rule(compute: Compute, ctx: Context, rule: Rule) -> dict[str, Any]:
    """Nova's older words: -1 for any port, an empty object for no group."""
    open_ = rule.protocol is not None and rule.port_range_min is None
    any_port = (1, 65535) if open_ and rule.protocol in ("tcp", "udp") else (-1, -1)
    return {
        "id": rule.id,
        "parent_group_id": rule.security_group_id,
        "ip_protocol": rule.protocol,
        "from_port": _port(rule.port_range_min, any_port[0], rule.protocol),
        "to_port": _port(rule.port_range_max, any_port[1], rule.protocol),
        "group": _group_of(compute, ctx, rule),
        "ip_range": {} if rule.remote_group_id else {"cidr": rule.remote_ip_prefix or _everywhere(rule)},
    }


def _port(port: int | None, any_port: int, protocol: str | None) -> int | None:
    if port is not None:
        return port
    return any_port if protocol is not None else None


def _everywhere(rule: Rule) -> str:
    return "::/0" if rule.ethertype == "IPv6" else _EVERYWHERE


def _group_of(compute: Compute, ctx: Context, rule: Rule) -> dict[str, str]:
    if not rule.remote_group_id:
        return {}
    try:
        other = compute.parts.networks.groups.find(ctx, rule.remote_group_id)
    except NotFound:
        return {}
    return {"name": other.name, "tenant_id": other.project_id}


_LAST = (2, 35)
_ACTION = "/v2.1/servers/{id}/action"
ROUTES = [
    Route("GET", "/v2.1/servers/{server_id}/os-security-groups", of_server),
    Route("POST", _ACTION, add, body=GroupOf, action="addSecurityGroup"),
    Route("POST", _ACTION, remove, body=GroupOf, action="removeSecurityGroup"),
    Route("GET", "/v2.1/os-security-groups", index, highest=_LAST),
    Route("POST", "/v2.1/os-security-groups", create, body=PutGroup, highest=_LAST),
    Route("GET", "/v2.1/os-security-groups/{id}", show, highest=_LAST),
    Route("PUT", "/v2.1/os-security-groups/{id}", update, body=PutGroup, highest=_LAST),
    Route("DELETE", "/v2.1/os-security-groups/{id}", delete, highest=_LAST),
    Route("POST", "/v2.1/os-security-group-rules", create_rule, body=CreateRule, highest=_LAST),
    Route("DELETE", "/v2.1/os-security-group-rules/{id}", delete_rule, highest=_LAST),
]
