"""Ports: made, changed, bound to a server and deleted, with their addresses and groups."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from stacklab.core import ids
from stacklab.core.db.database import change, row, transaction
from stacklab.core.events import Bus, Event
from stacklab.http.context import Context
from stacklab.networks import addresses, fixed_ips, floatingips, groups, networks, news, refusals, store
from stacklab.networks.applying import request_apply
from stacklab.networks.fixed_ips import FixedWish
from stacklab.networks.model import Network, Port
from stacklab.networks.quotas import Quotas

_NEEDS_SECURITY = "Port security must be enabled and port must have an IP address in order to use security groups."
_HAS_GROUPS = (
    "Port has security group associated. Cannot disable port security or IP address until security group is removed."
)


class PortWish(Struct, frozen=True, kw_only=True):
    """What a port shall be. `fixed` and `group_ids`: None for what a port gets without asking."""

    network_id: str
    project_id: str
    name: str = ""
    description: str = ""
    mac: str | None = None
    fixed: Sequence[FixedWish] | None = None
    group_ids: Sequence[str] | None = None
    admin_state_up: bool = True
    port_security: bool = True
    device_id: str = ""
    device_owner: str = ""
    host: str = ""
    by_compute: bool = False


def find(ctx: Context, port_id: str) -> Port:
    """A port of the caller's project (any, for an admin); NotFound otherwise."""
    port = store.find(Port, port_id)
    if port is None or not (ctx.admin or port.project_id == ctx.project_id):
        raise refusals.missing(Port.TABLE, port_id)
    return port


def create(ctx: Context, quotas: Quotas, wish: PortWish) -> Port:
    """Make a port with its addresses and groups; all of it or nothing."""
    ctx.authorize("network:ports:create", project_id=wish.project_id)
    with transaction():
        network = networks.usable(ctx, wish.network_id)
        quotas.claim(wish.project_id, "port")
        port = store.insert(_row(network, wish))
        fixed_ips.give(port, wish.fixed)
        groups.put_on(port.id, port.project_id, _groups(wish))
        if planned(port) and not port.by_compute:
            request_apply([port.id])  # compute applies its own when it is about to plug them in
    return port


def _row(network: Network, wish: PortWish) -> Port:
    return Port(
        id=ids.new_uuid(),
        project_id=wish.project_id,
        network_id=network.id,
        name=wish.name,
        description=wish.description,
        mac_address=_mac(network.id, wish.mac),
        admin_state_up=wish.admin_state_up,
        port_security_enabled=wish.port_security,
        device_id=wish.device_id,
        device_owner=wish.device_owner,
        host=wish.host,
        by_compute=wish.by_compute,
    )


def _groups(wish: PortWish) -> Sequence[str]:
    if wish.group_ids is None:
        return (groups.ensure_default(wish.project_id),) if wish.port_security else ()
    if wish.group_ids and not wish.port_security:
        raise refusals.invalid(_NEEDS_SECURITY, "PortSecurityAndIPRequiredForSecurityGroups")
    return wish.group_ids


def planned(port: Port) -> bool:
    """True when the host has, or shall have, a tap for this port."""
    return bool(port.host) and port.device_owner.startswith("compute:")


def _mac(network_id: str, wanted: str | None) -> str:
    """The wanted MAC address if it is free, else a random one of OpenStack's range."""
    if wanted is not None:
        if _mac_used(wanted):
            words = f"Unable to complete operation for network {network_id}. The mac address {wanted} is in use."
            raise refusals.conflict("MacAddressInUse", words)
        return wanted
    while True:
        made = "fa:16:3e:" + ":".join(f"{random.randrange(256):02x}" for _ in range(3))
        if not _mac_used(made):
            return made


def _mac_used(mac: str) -> bool:
    return row("SELECT 1 FROM ports WHERE mac_address = ?", (mac,)) is not None


def update(
    ctx: Context,
    bus: Bus,
    port_id: str,
    changes: dict[str, Any],
    fixed: Sequence[FixedWish] | None = None,
    group_ids: Sequence[str] | None = None,
) -> Port:
    """Change columns, addresses (`fixed`) and groups (`group_ids`); None leaves the latter two as they are."""
    with transaction():
        port = find(ctx, port_id)
        ctx.authorize("network:ports:update", project_id=port.project_id)
        _keep_device(ctx, port, changes)
        if changes.get("mac_address") == port.mac_address:
            del changes["mac_address"]
        elif "mac_address" in changes:
            _mac(port.network_id, changes["mac_address"])
        if fixed is not None:
            fixed_ips.replace(bus, port, fixed)
        secured = changes.get("port_security_enabled", port.port_security_enabled)
        if group_ids is not None:
            _replace_groups(port, group_ids, secured)
        elif not secured and groups.of_ports((port.id,)):
            raise refusals.conflict("PortSecurityPortHasSecurityGroup", _HAS_GROUPS)
        port = store.update(port, **changes)
        request_apply([port.id])
        news.port_changed(bus, port)
    return port


def _keep_device(ctx: Context, port: Port, changes: dict[str, Any]) -> None:
    """A server's port stays that server's: metadata are handed out by what `device_id` says."""
    bound = port.host or port.by_compute
    moved = any(changes.get(name, getattr(port, name)) != getattr(port, name) for name in ("device_id", "device_owner"))
    if bound and moved and not ctx.admin:
        words = (
            f"Unable to complete operation on port {port.id} for network {port.network_id}. Port already has an "
            f"attached device {port.device_id}."
        )
        raise refusals.conflict("PortInUse", words)


def _replace_groups(port: Port, group_ids: Sequence[str], secured: bool) -> None:
    if group_ids and not secured:
        raise refusals.invalid(_NEEDS_SECURITY, "PortSecurityAndIPRequiredForSecurityGroups")
    groups.put_on(port.id, port.project_id, group_ids)


def delete(ctx: Context, bus: Bus, port_id: str) -> None:
    """Delete a port, in use or not: a server that has it loses it (compute hears `port.deleted`)."""
    with transaction():
        port = find(ctx, port_id)
        ctx.authorize("network:ports:delete", project_id=port.project_id)
        remove(bus, port, bus.publish if port.device_id else bus.emit)
        if planned(port):
            request_apply([port.id])


def remove(bus: Bus, port: Port, tell: Callable[[Event], None] | None = None) -> None:
    """A port goes: its floating IPs stay allocated, its addresses are free; inside a transaction.

    The caller has it applied. `tell`: how the news go; who takes a port from a living server makes sure they arrive.
    """
    floatingips.leave_port(bus, port)
    addresses.give_back(port.id, {s.id: s for s in networks.subnets_of(port.network_id)})
    change("DELETE FROM port_groups WHERE port_id = ?", (port.id,))
    store.delete(port)
    (tell or bus.emit)(news.port_deleted(port))
