"""Every value of a plan is proven harmless here, before anything is rendered for a privileged call.

Nothing above this floor is trusted: a name that reaches a command line, a ruleset or a dnsmasq file has passed one of
the patterns below, an address or range was parsed by `ipaddress`, a protocol was found in a table.
"""

import re
from collections import Counter
from collections.abc import Container
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, ip_address
from itertools import pairwise

from stacklab.host.network.plan import (
    ExternalNeed,
    FloatingNeed,
    NetworkError,
    NetworkNeed,
    NetworkPlan,
    PortNeed,
    RuleNeed,
    SubnetPlan,
)
from stacklab.host.network.protocols import PORTED, protocol_number

OURS = re.compile(r"sl-[a-z0-9-]{1,12}")  # IFNAMSIZ is 16 with the final NUL
TAP = re.compile(r"sl-t[a-z0-9-]{1,11}")
LINK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")
MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")  # RFC 1123, section 2.1
NOTHING = NetworkPlan()
MTU_RANGE = range(576, 65536)  # RFC 2131: a DHCP client must take 576-byte datagrams


def validate(plan: NetworkPlan, before: NetworkPlan = NOTHING) -> None:
    """Raise NetworkError, naming the culprit, when any value of the plan is unsafe or contradicts another.

    What stood the same in `before`, a plan that was valid, is not looked into again.
    """
    networks = ranges_of(plan)
    outside = [_external(plan.external)] if plan.external else []
    _apart([net for nets in networks.values() for net in nets] + outside)
    unique("bridge", [need.bridge for need in plan.networks])
    unique("tap", [port.tap for port in plan.ports])
    unique("address", [address for port in plan.ports for address in port.addresses])
    _ports(plan, before, networks)
    for group, members in plan.groups.items():
        if members != before.groups.get(group):
            for member in members:
                _address(member, f"a member of group {group!r}")
    _floating(plan)


def _ports(plan: NetworkPlan, before: NetworkPlan, networks: dict[str, list[IPv4Network]]) -> None:
    """A port is valid by itself and in the light of the networks and groups there are."""
    alike = plan.networks == before.networks and before.groups.keys() <= plan.groups.keys()
    known = {port.id: port for port in before.ports} if alike else {}
    gateways = gateways_of(plan)
    for port in plan.ports:
        if known.get(port.id) == port:
            continue
        check_port(port, networks, gateways)
        for rule in port.rules:
            if rule.remote_group is not None and rule.remote_group not in plan.groups:
                raise NetworkError(f"a rule names the group {rule.remote_group!r}, which is not in the plan")


def ranges_of(plan: NetworkPlan) -> dict[str, list[IPv4Network]]:
    """Network id → its ranges."""
    return {need.id: _network(need) for need in plan.networks}


def gateways_of(plan: NetworkPlan) -> set[str]:
    """The addresses on the plan's networks that are the host's own."""
    return {subnet.gateway for need in plan.networks for subnet in need.subnets}


def parse_range(text: str) -> IPv4Network:
    """An IPv4 range from "10.0.0.0/24"; NetworkError otherwise."""
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise NetworkError(f"{text!r} is not an IPv4 range: {error}") from error


@lru_cache(maxsize=65_536)
def parse_address(text: str) -> IPv4Address:
    """An IPv4 address; ValueError otherwise. Plans repeat themselves, and parsing is most of checking one."""
    return IPv4Address(text)


def _address(text: str, whose: str) -> IPv4Address:
    try:
        return parse_address(text)
    except ValueError as error:
        raise NetworkError(f"{text!r}, {whose}, is not an IPv4 address") from error


def _match(pattern: re.Pattern[str], text: str, what: str) -> None:
    if not pattern.fullmatch(text):
        raise NetworkError(f"{text!r} cannot be {what}")


def unique(what: str, values: list[str]) -> None:
    if len(set(values)) != len(values):
        twice = next(value for value, times in Counter(values).items() if times > 1)
        raise NetworkError(f"the {what} {twice} is planned twice")


def _apart(ranges: list[IPv4Network]) -> None:
    ranges.sort()
    for lower, upper in pairwise(ranges):
        if lower.overlaps(upper):
            raise NetworkError(f"{lower} and {upper} overlap: flat networks of one host share one address space")


def _network(need: NetworkNeed) -> list[IPv4Network]:
    _match(OURS, need.bridge, "the name of a bridge of ours")
    if need.mtu not in MTU_RANGE:
        raise NetworkError(f"network {need.id}: {need.mtu} is not an MTU")
    return [_subnet(subnet) for subnet in need.subnets]


def _subnet(subnet: SubnetPlan) -> IPv4Network:
    net = parse_range(subnet.cidr)
    if _address(subnet.gateway, f"the gateway of {net}") not in net:
        raise NetworkError(f"the gateway {subnet.gateway} is outside {net}")
    for server in subnet.dns:
        _server(server, net)
    return net


def _server(text: str, net: IPv4Network) -> None:
    """Either family may be written down for a subnet; DHCP tells of the IPv4 ones."""
    try:
        ip_address(text)
    except ValueError as error:
        raise NetworkError(f"{text!r}, a DNS server of {net}, is not an IP address") from error


def check_port(port: PortNeed, networks: dict[str, list[IPv4Network]], gateways: set[str]) -> None:
    """A port and its rules by themselves; whether the groups they name are there is for the caller to see."""
    _match(TAP, port.tap, "the name of a tap of ours")
    _match(MAC, port.mac, "a MAC address (lower case, colons)")
    _match(LABEL, port.hostname, "a host name")
    if port.network_id not in networks:
        raise NetworkError(f"port {port.id} is on the network {port.network_id}, which is not in the plan")
    for text in port.addresses:
        address = _address(text, f"of port {port.id}")
        if text in gateways or not any(address in net for net in networks[port.network_id]):
            raise NetworkError(f"port {port.id} cannot have the address {address} on its network")
    for rule in port.rules:
        _rule(rule)


@lru_cache(maxsize=4096)
def _rule(rule: RuleNeed) -> None:
    if rule.direction not in ("ingress", "egress"):
        raise NetworkError(f"{rule.direction!r} is no direction of a rule")
    number = None if rule.protocol is None else protocol_number(rule.protocol)
    limit = 65535 if number in PORTED else 255
    for bound in (rule.port_min, rule.port_max):
        if bound is not None and not 0 <= bound <= limit:
            raise NetworkError(f"{bound} is out of range in a rule of protocol {rule.protocol}")
    if number in PORTED and rule.port_min is not None and rule.port_max is not None and rule.port_min > rule.port_max:
        raise NetworkError(f"the port range {rule.port_min}-{rule.port_max} runs backwards")
    if rule.remote_cidr is not None:
        parse_range(rule.remote_cidr)


def _external(need: ExternalNeed) -> IPv4Network:
    _match(LINK, need.bridge, "the name of the external bridge")
    net = parse_range(need.cidr)
    if _address(need.gateway, f"the gateway of {net}") not in net:
        raise NetworkError(f"the gateway {need.gateway} is outside {net}")
    return net


def _floating(plan: NetworkPlan) -> None:
    unique("floating IP", [need.address for need in plan.floating])
    unique("floating IP's instance", [need.fixed for need in plan.floating])
    fixed = {address for port in plan.ports for address in port.addresses}
    for need in plan.floating:
        check_floating(need, plan.external, fixed)


def check_floating(need: FloatingNeed, external: ExternalNeed | None, fixed: Container[str]) -> None:
    """A floating IP by itself; `fixed` are the addresses of ports that it may lead to."""
    if external is None:
        raise NetworkError("floating IPs need an external network")
    net = parse_range(external.cidr)
    if _address(need.address, "a floating IP") not in net or need.address == external.gateway:
        raise NetworkError(f"{need.address} cannot be a floating IP of {net}")
    if need.fixed not in fixed:
        raise NetworkError(f"the floating IP {need.address} leads to {need.fixed}, which no port has")
