"""From the database to what the host's networks shall be, whole or of some ports, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import Struct

from stacklab.core.db.database import proxy, rows
from stacklab.host.network.plan import (
    ExternalNeed,
    FloatingNeed,
    NetworkNeed,
    NetworkPlan,
    PlanChange,
    PortNeed,
    RuleNeed,
    SubnetPlan,
    bridge_name,
    tap_name,
)
from stacklab.networks import store
from stacklab.networks.hostname import hostname
from stacklab.networks.model import Network, Subnet
from stacklab.networks.signature import normalized, protocol_number

# ruff: noqa: S608  # every text put into SQL here is a constant of this file
BOUND = "p.host <> '' AND p.device_owner LIKE 'compute:%' AND p.admin_state_up = 1"
"""The ports that have a tap on this host. A port that is administratively down is not let through."""

_PORTS = (
    f"SELECT p.id, p.network_id, p.mac_address, p.port_security_enabled FROM ports p WHERE {BOUND}{{}} ORDER BY p.id"
)
_ADDRESSES = (
    "SELECT a.holder, a.ip FROM addresses a JOIN ports p ON p.id = a.holder "
    f"WHERE {BOUND}{{}} ORDER BY a.holder, a.number"
)
_GROUPS = (
    "SELECT g.port_id, g.group_id FROM port_groups g JOIN ports p ON p.id = g.port_id "
    f"WHERE {BOUND}{{}} ORDER BY g.port_id, g.group_id"
)
_RULES = (
    "SELECT security_group_id, direction, protocol, port_range_min, port_range_max, remote_ip_prefix, remote_group_id "
    "FROM security_group_rules WHERE ethertype = 'IPv4' AND security_group_id IN "
    f"(SELECT g.group_id FROM port_groups g JOIN ports p ON p.id = g.port_id WHERE {BOUND}{{}}) "
    "ORDER BY security_group_id, signature"
)
_FLOATING = (
    "SELECT f.address, f.fixed_ip FROM floating_ips f JOIN ports p ON p.id = f.port_id "
    f"WHERE {BOUND}{{}} ORDER BY f.address"
)
Lists = dict[str, list[str]]
_NAMES = {1: "icmp", 6: "tcp", 17: "udp"}


def render() -> NetworkPlan:
    """Everything as of one moment: the reads share a snapshot and hold no lock that a writer would wait for."""
    with proxy.atomic("DEFERRED"):
        networks = store.select(Network, "ORDER BY t.created_at, t.id")
        subnets = store.select(Subnet, "ORDER BY t.created_at, t.id")
        read = _read()
    members = _members(read.addresses, read.groups)
    by_group = _rules(read.rules, members)
    return NetworkPlan(
        networks=tuple(_network(n, subnets) for n in networks if not n.external),
        external=next((_external(n, subnets) for n in networks if n.external), None),
        ports=_ports(read, by_group),
        floating=read.floating,
        groups={group: tuple(sorted(found)) for group, found in members.items()},
    )


def render_change(port_ids: Collection[str]) -> PlanChange:
    """What became of these ports, as of one moment: applied to an earlier `render()`, it makes what one now would."""
    with proxy.atomic("DEFERRED"):
        read = _read(port_ids)
    there = {found[0] for found in read.ports}
    return PlanChange(
        put=_ports(read, _rules(read.rules, {})),
        removed=tuple(port_id for port_id in port_ids if port_id not in there),
        members={port_id: tuple(listed) for port_id, listed in read.groups.items()},
        floating=read.floating,
    )


class _Read(Struct, frozen=True):
    """Rows of planned ports, and of what belongs to them."""

    ports: list[tuple[str, str, str, int]]
    addresses: Lists
    groups: Lists
    rules: list[tuple[Any, ...]]
    floating: tuple[FloatingNeed, ...]


def _read(port_ids: Collection[str] | None = None) -> _Read:
    """Of these ports, or of all."""
    only, these = ("", ()) if port_ids is None else (f" AND p.id IN ({store.marks(port_ids)})", tuple(port_ids))

    def get(sql: str) -> list[tuple[Any, ...]]:
        return rows(sql.format(only), these)

    ports = [(port_id, network, mac, secured) for port_id, network, mac, secured in get(_PORTS)]
    floating = tuple(FloatingNeed(address, fixed) for address, fixed in get(_FLOATING))
    return _Read(ports, _lists(get(_ADDRESSES)), _lists(get(_GROUPS)), get(_RULES), floating)


def _lists(pairs: list[tuple[Any, ...]]) -> Lists:
    found: Lists = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


def _members(addresses: Lists, groups: Lists) -> Lists:
    """Group → the addresses of its ports; a group without any is none, unless a rule names it."""
    found: Lists = {}
    for port_id, held in addresses.items():
        for group in groups.get(port_id, ()):
            found.setdefault(group, []).extend(held)
    return found


def _rules(listed: list[tuple[Any, ...]], members: Lists) -> dict[str, list[RuleNeed]]:
    """Group → its IPv4 rules. A remote group that no port is in yet becomes one without members."""
    found: dict[str, list[RuleNeed]] = defaultdict(list)
    for group, direction, protocol, low, high, prefix, remote in listed:
        if remote is not None:
            members.setdefault(remote, [])
        found[group].append(rule_need(direction, protocol, low, high, prefix, remote))
    return found


def rule_need(
    direction: str, protocol: str | None, low: int | None, high: int | None, prefix: str | None, remote: str | None
) -> RuleNeed:
    """In the host's values: protocols by number or the three names it treats apart, ranges without host bits."""
    cidr = normalized(prefix)
    if protocol is not None:
        number = protocol_number(protocol)
        protocol = _NAMES.get(number, str(number))
    return RuleNeed(direction, protocol, low, high, None if cidr == "0.0.0.0/0" else cidr, remote)


def _ports(read: _Read, by_group: dict[str, list[RuleNeed]]) -> tuple[PortNeed, ...]:
    """Ports with the same groups share one tuple of rules: the plan stays small, comparing it stays cheap."""
    shared: dict[tuple[str, ...], tuple[RuleNeed, ...]] = {}
    found = []
    for port_id, network_id, mac, secured in read.ports:
        held, own = tuple(read.addresses.get(port_id, ())), tuple(read.groups.get(port_id, ()))
        if own not in shared:
            shared[own] = tuple(dict.fromkeys(rule for group in own for rule in by_group.get(group, ())))
        name = hostname(held[0]) if held else "host-" + port_id[:8]
        found.append(PortNeed(port_id, tap_name(port_id), network_id, mac, held, name, shared[own], bool(secured)))
    return tuple(found)


def _network(network: Network, subnets: list[Subnet]) -> NetworkNeed:
    own = tuple(_subnet(s) for s in subnets if s.network_id == network.id)
    return NetworkNeed(network.id, bridge_name(network.id), network.mtu, own)


def _subnet(subnet: Subnet) -> SubnetPlan:
    dns = tuple(msgspec.json.decode(subnet.dns, type=list[str]))
    return SubnetPlan(subnet.cidr, subnet.gateway_ip, dns, subnet.enable_dhcp)


def _external(network: Network, subnets: list[Subnet]) -> ExternalNeed:
    subnet = next(s for s in subnets if s.network_id == network.id)
    return ExternalNeed(network.id, bridge_name(network.id), subnet.cidr, subnet.gateway_ip)
