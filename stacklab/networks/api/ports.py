"""Ports: list, show, create (one or many), update, delete."""

import re
from typing import Any

from msgspec import UNSET

from stacklab.http.context import Context
from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.networks import listings, ports, refusals
from stacklab.networks.api import common
from stacklab.networks.fixed_ips import FixedWish
from stacklab.networks.model import Port
from stacklab.networks.ports import PortWish
from stacklab.networks.schemas import one_or_many
from stacklab.networks.schemas.ports import NewPort, PortChanges
from stacklab.networks.service import Networks
from stacklab.networks.values import address, flag, given, owner
from stacklab.networks.views import ports as views

_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}\Z")


def index(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:ports:show")
    return common.index(request, listings.PORTS, Port, lambda rows: views.ports(request.ctx, rows), "ports")


def show(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:ports:show")
    return common.show(request, views.ports(request.ctx, [ports.find(request.ctx, request.path["id"])])[0], "port")


def create(service: Networks, request: Request) -> Reply:
    wanted, bulk = one_or_many("port", request.body.port, request.body.ports)
    wishes = [_wish(request.ctx, each) for each in wanted]
    made = common.all_or_nothing(lambda wish: ports.create(request.ctx, service.quotas, wish), wishes)
    return common.create("port", "ports", views.ports(request.ctx, made), bulk=bulk)


def update(service: Networks, request: Request) -> Reply:
    body: PortChanges = request.body.port
    port = ports.find(request.ctx, request.path["id"])
    _authorize(request.ctx, body, port.project_id)
    groups = body.security_groups
    changed = ports.update(
        request.ctx,
        service.bus,
        port.id,
        _columns(body),
        fixed=_fixed(body),
        group_ids=None if groups is UNSET else groups or [],
    )
    return ok({"port": views.ports(request.ctx, [changed])[0]})


def delete(service: Networks, request: Request) -> Reply:
    ports.delete(request.ctx, service.bus, request.path["id"])
    return no_content()


def _wish(ctx: Context, body: NewPort) -> PortWish:
    project_id = owner(ctx, body.project_id, body.tenant_id)
    _authorize(ctx, body, project_id)
    columns = _columns(body)
    groups = body.security_groups
    return PortWish(
        network_id=body.network_id,
        project_id=project_id,
        name=columns.get("name", ""),
        description=columns.get("description", ""),
        mac=columns.get("mac_address"),
        fixed=_fixed(body),
        group_ids=None if groups is UNSET else groups or [],
        admin_state_up=columns.get("admin_state_up", True),
        port_security=columns.get("port_security_enabled", True),
        device_id=columns.get("device_id", ""),
        device_owner=columns.get("device_owner", ""),
        host=columns.get("host", ""),
    )


def _authorize(ctx: Context, body: PortChanges, project_id: str) -> None:
    """Some attributes are the admin's; the network's own kinds of device are nobody's to claim."""
    guarded = {
        "mac_address": body.mac_address,
        "port_security_enabled": body.port_security_enabled,
        "binding": body.host_id if body.host_id is not UNSET else body.profile,
    }
    for name, value in guarded.items():
        if value is not UNSET:
            ctx.authorize(f"network:ports:create:{name}", project_id=project_id)
    if isinstance(body.device_owner, str) and body.device_owner.startswith("network:") and not ctx.admin:
        raise refusals.forbidden("(rule:create_port and rule:create_port:device_owner) is disallowed by policy")
    if body.profile:
        raise refusals.bad_value("binding:profile", body.profile, "has no meaning for a bridge on this host")


def _columns(body: PortChanges) -> dict[str, Any]:
    """The attributes that are columns, as the columns hold them."""
    found = given(
        name=body.name,
        description=body.description,
        admin_state_up=body.admin_state_up,
        port_security_enabled=body.port_security_enabled,
        device_id=body.device_id,
        device_owner=body.device_owner,
        host=body.host_id,
    )
    for name in ("admin_state_up", "port_security_enabled"):
        if name in found:
            found[name] = flag(name, found[name])
    if isinstance(body.mac_address, str):
        found["mac_address"] = _mac(body.mac_address)
    return found


def _mac(text: str) -> str:
    """A MAC address of one station, in lower case with colons."""
    plain = text.lower().replace("-", ":")
    if not _MAC.match(plain) or int(plain[:2], 16) & 1 or plain == "00:00:00:00:00:00":
        raise refusals.bad_value("mac_address", text, "is not a valid MAC address")
    return plain


def _fixed(body: PortChanges) -> list[FixedWish] | None:
    if not isinstance(body.fixed_ips, list):
        return None
    wishes = [
        FixedWish(
            subnet_id=each.subnet_id or None,
            ip=address("fixed_ips", each.ip_address) if each.ip_address else None,
        )
        for each in body.fixed_ips
    ]
    if any(wish == FixedWish() for wish in wishes):
        raise refusals.invalid("IP allocation requires subnet_id or ip_address.", "InvalidInput")
    return wishes
