"""What makes two security group rules the same rule."""

from ipaddress import ip_network

from stacklab.networks.model import Rule

_EVERYWHERE = ("0.0.0.0/0", "::/0")  # the same as no remote at all

_NUMBERS = {
    "ah": 51, "dccp": 33, "egp": 8, "esp": 50, "gre": 47, "icmp": 1, "icmpv6": 58, "ipv6-icmp": 58, "igmp": 2,
    "ipip": 4, "ipv6-encap": 41, "ipv6-frag": 44, "ipv6-nonxt": 59, "ipv6-opts": 60, "ipv6-route": 43, "ospf": 89,
    "pgm": 113, "rsvp": 46, "sctp": 132, "tcp": 6, "udp": 17, "udplite": 136, "vrrp": 112,
}  # fmt: skip


def protocol_number(name: str) -> int:
    """IANA's number of a protocol name or decimal number. Raises KeyError for a name it does not know."""
    return int(name) if name.isascii() and name.isdigit() else _NUMBERS[name.lower()]


def known_protocols() -> list[str]:
    """The names a rule may use."""
    return list(_NUMBERS)


def signature(rule: Rule) -> str:
    """Direction, version, protocol by number, ports and remote; "tcp" and "6" are the same."""
    protocol = "" if rule.protocol is None else protocol_number(rule.protocol)
    remote = rule.remote_group_id or normalized(rule.remote_ip_prefix)
    remote = "" if remote in _EVERYWHERE else remote
    parts = (rule.direction, rule.ethertype, protocol, rule.port_range_min, rule.port_range_max, remote)
    return "|".join("" if part is None else str(part) for part in parts)


def normalized(prefix: str | None) -> str | None:
    """`10.0.0.5/24` → `10.0.0.0/24`."""
    return None if prefix is None else str(ip_network(prefix, strict=False))
