"""Floating IPs: addresses of the external network that a project holds and points at its ports."""

from msgspec import Struct

from stacklab.core import ids
from stacklab.core.db.database import row, rows, transaction
from stacklab.core.events import Bus
from stacklab.http.context import Context
from stacklab.networks import addresses, networks, news, refusals, store
from stacklab.networks.applying import request_apply
from stacklab.networks.model import FloatingIp, Network, Port, Subnet
from stacklab.networks.quotas import Quotas


class FloatingWish(Struct, frozen=True, kw_only=True):
    network_id: str
    project_id: str
    description: str = ""
    address: str | None = None
    subnet_id: str | None = None
    port_id: str | None = None
    fixed_ip: str | None = None


def find(ctx: Context, floating_id: str) -> FloatingIp:
    """A floating IP of the caller's project (any, for an admin); NotFound otherwise."""
    found = store.find(FloatingIp, floating_id)
    if found is None or not (ctx.admin or found.project_id == ctx.project_id):
        raise refusals.missing(FloatingIp.TABLE, floating_id)
    return found


def create(ctx: Context, bus: Bus, quotas: Quotas, wish: FloatingWish) -> FloatingIp:
    """Allocate an address, and associate it when a port is named; all of it or nothing."""
    ctx.authorize("network:floatingips:create", project_id=wish.project_id)
    with transaction():
        network = networks.find(ctx, wish.network_id)
        if not network.external:
            words = f"Bad floatingip request: Network {network.id} is not a valid external network."
            raise refusals.invalid(words, "BadRequest")
        quotas.claim(wish.project_id, "floatingip")
        made_id = ids.new_uuid()
        held = _allocate(network, wish, made_id)
        made = store.insert(
            FloatingIp(
                id=made_id,
                project_id=wish.project_id,
                network_id=network.id,
                description=wish.description,
                address=held.ip,
            )
        )
        return associate(ctx, bus, made, wish.port_id, wish.fixed_ip) if wish.port_id else made


def _allocate(network: Network, wish: FloatingWish, holder: str) -> addresses.Held:
    subnets = [s for s in networks.subnets_of(network.id) if wish.subnet_id in (None, s.id)]
    if not subnets:
        raise refusals.missing(Subnet.TABLE, str(wish.subnet_id))
    if wish.address is None:
        for subnet in subnets:
            if held := addresses.take_any(subnet, holder):
                return held
        words = f"No more IP addresses available on network {network.id}."
        raise refusals.conflict("IpAddressGenerationFailure", words)
    return _allocate_at(subnets, wish.address, holder)


def _allocate_at(subnets: list[Subnet], address: str, holder: str) -> addresses.Held:
    subnet = next((s for s in subnets if addresses.usable(s, address)), None)
    if subnet is None:
        words = f"IP address {address} is not a valid IP for any of the subnets on the specified network."
        raise refusals.invalid(words, "InvalidIpForNetwork")
    held = addresses.take(subnet, address, holder)
    if held is None:
        words = f"IP address {address} already allocated in subnet {subnet.id}"
        raise refusals.conflict("IpAddressAlreadyAllocated", words)
    return held


def associate(ctx: Context, bus: Bus, floating: FloatingIp, port_id: str, fixed_ip: str | None) -> FloatingIp:
    """Point a floating IP at a port of its own project (at `fixed_ip` of it, or its first address)."""
    port = store.find(Port, port_id)
    if port is None or not (ctx.admin or port.project_id == floating.project_id):
        raise refusals.missing(Port.TABLE, port_id)
    target = _target(floating, port, fixed_ip)
    if (floating.port_id, floating.fixed_ip) == (port.id, target):
        return floating
    _must_be_alone(floating, port, target)
    request_apply({port.id, floating.port_id or port.id})
    floating = _leave(bus, floating)
    floating = store.update(floating, port_id=port.id, fixed_ip=target)
    news.floating_moved(bus, floating, port, here=True)
    return floating


def _target(floating: FloatingIp, port: Port, fixed_ip: str | None) -> str:
    held = [ip for (ip,) in rows("SELECT ip FROM addresses WHERE holder = ? ORDER BY number", (port.id,))]
    prefix = f"Bad floatingip request: Cannot associate floating IP with port {port.id}"
    if not held:
        raise refusals.invalid(f"{prefix}: it has no fixed IPv4 address.", "BadRequest")
    if fixed_ip is not None and fixed_ip not in held:
        words = f"Bad floatingip request: Port {port.id} does not have fixed ip {fixed_ip}."
        raise refusals.invalid(words, "BadRequest")
    if fixed_ip is None and len(held) > 1 and not floating.fixed_ip:
        words = (
            f"Bad floatingip request: Port {port.id} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 "
            "address when assigning a floating IP."
        )
        raise refusals.invalid(words, "BadRequest")
    return fixed_ip or held[0]


def _must_be_alone(floating: FloatingIp, port: Port, fixed_ip: str) -> None:
    taken = row("SELECT id FROM floating_ips WHERE port_id = ? AND fixed_ip = ?", (port.id, fixed_ip))
    if taken and taken[0] != floating.id:
        words = (
            f"Cannot associate floating IP {floating.address} ({floating.id}) with port {port.id} using fixed IP "
            f"{fixed_ip}, as that fixed IP already has a floating IP on external network {floating.network_id}."
        )
        raise refusals.conflict("FloatingIPPortAlreadyAssociated", words)


def describe(floating: FloatingIp, description: str) -> FloatingIp:
    return store.update(floating, description=description)


def disassociate(bus: Bus, floating: FloatingIp) -> FloatingIp:
    """Take a floating IP off its port; it stays allocated. Inside a transaction."""
    if floating.port_id:
        request_apply([floating.port_id])
    return _leave(bus, floating)


def _leave(bus: Bus, floating: FloatingIp) -> FloatingIp:
    if floating.port_id is None:
        return floating
    port = store.find(Port, floating.port_id)
    left = store.update(floating, port_id=None, fixed_ip=None)
    if port:
        news.floating_moved(bus, left, port, here=False)
    return left


def leave_port(bus: Bus, port: Port) -> None:
    """Everything that floats to a port leaves it. Inside a transaction; the caller has it applied."""
    for floating in store.select(FloatingIp, "WHERE t.port_id = ?", (port.id,)):
        _leave(bus, floating)


def leave_address(bus: Bus, port: Port, ip: str) -> None:
    """What floats to one address of a port leaves it. Inside a transaction; the caller has it applied."""
    for floating in store.select(FloatingIp, "WHERE t.port_id = ? AND t.fixed_ip = ?", (port.id, ip)):
        _leave(bus, floating)


def delete(ctx: Context, bus: Bus, floating_id: str) -> None:
    """Give the address back."""
    with transaction():
        floating = find(ctx, floating_id)
        ctx.authorize("network:floatingips:delete", project_id=floating.project_id)
        remove(bus, floating)


def remove(bus: Bus, floating: FloatingIp) -> None:
    """Off its port, its address free, gone. Inside a transaction."""
    disassociate(bus, floating)
    addresses.give_back(floating.id, {s.id: s for s in networks.subnets_of(floating.network_id)})
    store.delete(floating)
