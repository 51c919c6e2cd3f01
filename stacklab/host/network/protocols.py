"""IP protocols by the names that security group rules use, and their numbers (IANA, "Protocol Numbers")."""

from stacklab.host.network.plan import NetworkError

ICMP, TCP, UDP, DCCP, SCTP, UDPLITE = 1, 6, 17, 33, 132, 136

NUMBERS = {
    "ah": 51,
    "dccp": DCCP,
    "egp": 8,
    "esp": 50,
    "gre": 47,
    "icmp": ICMP,
    "igmp": 2,
    "ipip": 4,
    "ospf": 89,
    "pgm": 113,
    "rsvp": 46,
    "sctp": SCTP,
    "tcp": TCP,
    "udp": UDP,
    "udplite": UDPLITE,
    "vrrp": 112,
}

PORTED = frozenset({TCP, UDP, DCCP, SCTP, UDPLITE})  # those with 16-bit source and destination ports up front


def protocol_number(name: str) -> int:
    """6 from "tcp" or from "6"; NetworkError for a name that is neither in the table nor a number up to 255."""
    if name in NUMBERS:
        return NUMBERS[name]
    if name.isascii() and name.isdigit() and int(name) <= 255:
        return int(name)
    raise NetworkError(f"{name!r} is not an IPv4 protocol")
