"""One security group rule → the conditions of one nft rule."""

from ipaddress import IPv4Network

from stacklab.host.network.plan import RuleNeed
from stacklab.host.network.protocols import ICMP, PORTED, TCP, UDP, protocol_number
from stacklab.host.network.ruleset import digest

GROUP_PREFIX = "group_"
HEADERS = {TCP: "tcp", UDP: "udp"}  # those nft can look into by name; the others' ports are at the same place


def group_set(group: str) -> str:
    """The name of the set of a security group's member addresses."""
    return GROUP_PREFIX + digest(group)


def rule_text(rule: RuleNeed, verdict: str) -> str:
    """The nft rule that gives `verdict` to what a group's rule allows. Its values are validated."""
    return " ".join([*_far_end(rule), *_protocol(rule), verdict])


def _far_end(rule: RuleNeed) -> list[str]:
    """The remote address is the source of what comes in and the destination of what goes out."""
    field = "ip saddr" if rule.direction == "ingress" else "ip daddr"
    conditions = []
    if rule.remote_cidr is not None and IPv4Network(rule.remote_cidr).prefixlen:
        conditions.append(f"{field} {IPv4Network(rule.remote_cidr)}")
    if rule.remote_group is not None:
        conditions.append(f"{field} @{group_set(rule.remote_group)}")
    return conditions


def _protocol(rule: RuleNeed) -> list[str]:
    if rule.protocol is None:
        return []
    number = protocol_number(rule.protocol)
    if number == ICMP:
        return _icmp(rule)
    conditions = [f"ip protocol {number}"]
    if rule.port_min is not None and number in PORTED:
        conditions.append(f"{HEADERS.get(number, 'th')} dport {_span(rule.port_min, rule.port_max)}")
    return conditions


def _span(low: int, high: int | None) -> str:
    return str(low) if high is None or high == low else f"{low}-{high}"


def _icmp(rule: RuleNeed) -> list[str]:
    """Security groups keep the ICMP type in the lower port and the code in the upper one."""
    conditions = [f"ip protocol {ICMP}"]
    if rule.port_min is not None:
        conditions.append(f"icmp type {rule.port_min}")
        if rule.port_max is not None:
            conditions.append(f"icmp code {rule.port_max}")
    return conditions
