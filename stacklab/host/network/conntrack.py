"""End tracked connections: an established one is let through unasked, so what is revoked must be forgotten too.

The next packet of a forgotten connection counts as new and meets the rules of today: what they allow goes on.
Messages as in linux/netfilter/nfnetlink_conntrack.h; deletion by filter needs Linux 6.8 or later.
"""

import enum
import os
import socket
import struct
from collections.abc import Iterable

NETLINK_NETFILTER = 12
DELETE = (1 << 8) | 2  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE
NLM_F_REQUEST, NLM_F_ACK = 1, 4
NLMSG_ERROR = 2
NESTED = 0x8000
TUPLE_IP = 1  # CTA_TUPLE_IP
FILTER = 25  # CTA_FILTER; its attributes 1 and 2 say which parts of the tuples count
ANSWER_SECONDS = 5


class End(enum.Enum):
    """Which end of a connection an address is: (tuple attribute, address attribute, flags of both tuples)."""

    CALLER = (1, 1, 1, 0)  # CTA_TUPLE_ORIG, CTA_IP_V4_SRC: whoever opened it
    CALLED = (1, 2, 2, 0)  # CTA_TUPLE_ORIG, CTA_IP_V4_DST: the address that was dialled, before NAT
    ANSWERER = (2, 1, 0, 1)  # CTA_TUPLE_REPLY, CTA_IP_V4_SRC: who really answers, after NAT


def sever(ends: Iterable[tuple[End, str]]) -> str | None:
    """Forget every connection with one of these addresses at that end; the kernel's complaint if it cannot."""
    complaint = None
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as link:
        link.settimeout(ANSWER_SECONDS)
        link.bind((0, 0))
        for number, (end, address) in enumerate(ends, start=1):
            link.send(_request(number, end, address))
            complaint = _error(link.recv(4096)) or complaint
    return complaint


def _request(number: int, end: End, address: str) -> bytes:
    tuple_kind, address_kind, original, reply = end.value
    where = _attribute(address_kind, socket.inet_aton(address))
    body = struct.pack("=BBH", socket.AF_INET, 0, 0)
    body += _attribute(tuple_kind | NESTED, _attribute(TUPLE_IP | NESTED, where))
    flags = _attribute(1, struct.pack("=I", original)) + _attribute(2, struct.pack("=I", reply))
    body += _attribute(FILTER | NESTED, flags)
    return struct.pack("=IHHII", 16 + len(body), DELETE, NLM_F_REQUEST | NLM_F_ACK, number, 0) + body


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _error(answer: bytes) -> str | None:
    kind, error = struct.unpack_from("=4xH10xi", answer)
    return os.strerror(-error) if kind == NLMSG_ERROR and error else None
