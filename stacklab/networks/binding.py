"""What compute does with ports: makes them for a server, takes over a user's own, lets them go. In its transaction."""

from stacklab.core.db.database import row, transaction
from stacklab.core.errors import Conflict, Failure, OverQuota
from stacklab.core.events import Bus
from stacklab.http.context import Context
from stacklab.networks import groups, networks, news, ports, refusals, store
from stacklab.networks.fixed_ips import FixedWish
from stacklab.networks.model import Port
from stacklab.networks.ports import PortWish
from stacklab.networks.quotas import Quotas
from stacklab.networks.values import address

HELD = "(t.host <> '' OR t.by_compute = 1)"
"""Ports that compute has: a member may write any server's id into the `device_id` of a port, and it means nothing."""

_BY_ADDRESS = (
    "SELECT t.device_id, t.network_id FROM addresses a JOIN ports t ON t.id = a.holder "  # noqa: S608
    "WHERE a.ip = ? AND t.device_id <> '' AND " + HELD
)


def create(ctx: Context, quotas: Quotas, wish: PortWish, fixed_ip: str | None) -> Port:
    """A port made for a server. Failures are Nova's: a client of compute sees them."""
    try:
        return ports.create(ctx, quotas, wish)
    except Failure as failure:
        raise _as_nova_says(ctx, failure, wish, fixed_ip) from failure


def _as_nova_says(ctx: Context, failure: Failure, wish: PortWish, fixed_ip: str | None) -> Failure:
    match failure.kind:
        case "OverQuota":
            return OverQuota("Maximum number of ports exceeded")
        case "IpAddressGenerationFailure":
            return refusals.invalid(f"No fixed IP addresses available for network: {wish.network_id}")
        case "IpAddressAlreadyAllocated":
            user = _user_of(ctx, fixed_ip)
            return refusals.invalid(f"Fixed IP address {fixed_ip} is already in use on instance {user}.")
        case "InvalidIpForNetwork" | "InvalidIpForSubnet":
            words = f"Fixed IP {fixed_ip} is not a valid ip address for network {wish.network_id}."
            return refusals.invalid(words)
        case "NetworkNotFound":
            return refusals.invalid(f"Network {wish.network_id} could not be found.")
    return failure


def _user_of(ctx: Context, ip: str | None) -> str:
    """Which server has an address; another project's is not named, and the gateway has none."""
    sql = "SELECT p.device_id, p.project_id FROM addresses a JOIN ports p ON p.id = a.holder WHERE a.ip = ?"
    found = row(sql, (ip,))
    return found[0] if found and (ctx.admin or found[1] == ctx.project_id) else "unknown"


def wish(
    ctx: Context,
    *,
    network_id: str,
    device_id: str,
    device_owner: str,
    name: str,
    fixed_ip: str | None,
    security_groups: list[str] | None,
    host: str,
) -> PortWish:
    """A port for a server of the caller's project."""
    chosen = None
    if security_groups is not None:
        groups.ensure_default(ctx.project_id)
        chosen = groups.by_name_or_id(ctx.project_id, security_groups)
    return PortWish(
        network_id=network_id,
        project_id=ctx.project_id,
        name=name,
        fixed=None if fixed_ip is None else (FixedWish(ip=address("fixed_ip", fixed_ip)),),
        group_ids=chosen,
        device_id=device_id,
        device_owner=device_owner,
        host=host,
        by_compute=True,
    )


def adopt(ctx: Context, port_id: str, device_id: str, device_owner: str, host: str) -> Port:
    """Give a user's own port to a server; compute has it applied. Raises NotFound, or Conflict when it is in use."""
    with transaction():
        port = ports.find(ctx, port_id)
        networks.usable(ctx, port.network_id)
        if port.device_id and port.device_id != device_id:
            raise Conflict(f"Port {port_id} is still in use.", kind="PortInUse")
        return store.update(port, device_id=device_id, device_owner=device_owner, host=host)


def release(bus: Bus, port: Port) -> None:
    """Delete a port compute made; a user's own is free again. The caller has it applied."""
    if port.by_compute:
        ports.remove(bus, port)
        return
    store.update(port, device_id="", device_owner="", host="", status="DOWN")
    news.port_changed(bus, port)


def of_device(device_id: str) -> list[Port]:
    return store.select(Port, f"WHERE t.device_id = ? AND {HELD} ORDER BY t.created_at, t.id", (device_id,))


def set_active(device_id: str, active: bool) -> None:
    """A port is ACTIVE while its server runs."""
    status = "ACTIVE" if active else "DOWN"
    for port in of_device(device_id):
        if port.status != status:
            store.update(port, status=status)


def by_address(ip: str) -> tuple[str, str] | None:
    """(device id, network id) of the bound port that has a fixed address on a flat network."""
    found = row(_BY_ADDRESS, (ip,))
    return (found[0], found[1]) if found else None
