"""The facts of any number of ports in a constant number of queries: what server lists and guest metadata stand on."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from stacklab.core.db.database import rows
from stacklab.host.network.plan import bridge_name, tap_name
from stacklab.networks import groups, networks, store
from stacklab.networks.binding import HELD
from stacklab.networks.info import Address, PortInfo, Reach, SubnetInfo
from stacklab.networks.model import Network, Port, Subnet

_REACH = (
    "SELECT t.device_id, t.created_at, t.id, a.number, t.network_id, t.mac_address, a.ip, f.address, "  # noqa: S608
    "(SELECT group_concat(p.group_id) FROM port_groups p WHERE p.port_id = t.id) "
    "FROM ports t LEFT JOIN addresses a ON a.holder = t.id "
    "LEFT JOIN floating_ips f ON f.port_id = t.id AND f.fixed_ip = a.ip "
    f"WHERE {HELD} AND t.device_id IN "
)
_NOTHING = SubnetInfo("", "", "", ())


def of_devices(device_ids: Collection[str]) -> dict[str, list[PortInfo]]:
    """Device id → its ports, oldest first; a device without ports has an empty list."""
    found: dict[str, list[PortInfo]] = {device: [] for device in device_ids}
    tail = f"WHERE t.device_id IN ({store.marks(device_ids)}) AND {HELD} ORDER BY t.device_id, t.created_at, t.id"
    for info in of_ports(store.select(Port, tail, tuple(device_ids)) if device_ids else []):
        found[info.device_id].append(info)
    return found


def reach(device_ids: Collection[str]) -> dict[str, list[Reach]]:
    """Device id → its addresses, oldest port first; devices without ports are left out.

    A third of the cost of `of_devices`: one row an address, in one pass over the ports, and three queries. The rows
    start with what orders them and are sorted here, where SQLite would copy them into a temporary table.
    """
    listed = sorted(rows(f"{_REACH} ({store.marks(device_ids)})", tuple(device_ids)))
    networks_named = _names("networks", {row[4] for row in listed})
    together = {row[8] for row in listed if row[8]}  # few: most servers are in the same groups
    groups_named = _names("security_groups", {group for ids in together for group in ids.split(",")})
    named = {ids: tuple(sorted(groups_named[group] for group in ids.split(","))) for ids in together}
    found: dict[str, list[Reach]] = {}
    for device, _, _, _, network, mac, ip, floating, ids in listed:
        reached = Reach(networks_named[network], mac, ip, floating, named.get(ids, ()))
        found.setdefault(device, []).append(reached)
    return found


def _names(table: str, ids: Collection[str]) -> dict[str, str]:
    return dict(rows(f"SELECT id, name FROM {table} WHERE id IN ({store.marks(ids)})", tuple(ids)))  # noqa: S608


def of_ports(ports: Sequence[Port]) -> list[PortInfo]:
    """In the order given."""
    if not ports:
        return []
    known = tuple(port.id for port in ports)
    addresses, floating, grouped = _addresses(known), _floating(known), groups.of_ports(known)
    named = {network.id: network for network in store.select(Network)}
    subnets = {subnet.id: networks.subnet_info(subnet) for subnet in store.select(Subnet)}
    return [
        _info(port, named[port.network_id], addresses[port.id], subnets, floating[port.id], grouped.get(port.id, []))
        for port in ports
    ]


def _info(
    port: Port,
    network: Network,
    addresses: list[Address],
    subnets: dict[str, SubnetInfo],
    floating: dict[str, str],
    grouped: list[tuple[str, str]],
) -> PortInfo:
    subnet = subnets[addresses[0].subnet_id] if addresses else _NOTHING
    return PortInfo(
        id=port.id,
        network_id=network.id,
        network_name=network.name,
        mac=port.mac_address,
        addresses=tuple(addresses),
        floating=floating,
        security_groups=tuple(grouped),
        tap=tap_name(port.id),
        bridge=bridge_name(network.id),
        mtu=network.mtu,
        gateway=subnet.gateway,
        dns=subnet.dns,
        cidr=subnet.cidr,
        created_by_compute=port.by_compute,
        status=port.status,
        device_id=port.device_id,
        project_id=port.project_id,
    )


def _addresses(port_ids: tuple[str, ...]) -> dict[str, list[Address]]:
    found: dict[str, list[Address]] = defaultdict(list)
    sql = (
        f"SELECT holder, ip, subnet_id FROM addresses WHERE holder IN ({store.marks(port_ids)}) ORDER BY holder, number"  # noqa: S608
    )
    for holder, ip, subnet_id in rows(sql, port_ids):
        found[holder].append(Address(ip, 4, subnet_id))
    return found


def _floating(port_ids: tuple[str, ...]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    sql = f"SELECT port_id, fixed_ip, address FROM floating_ips WHERE port_id IN ({store.marks(port_ids)})"  # noqa: S608
    for port_id, fixed, address in rows(sql, port_ids):
        found[port_id][fixed] = address
    return found
