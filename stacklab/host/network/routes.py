"""Where this host can go besides the internet: the ranges that guests must not reach through it."""

import struct
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

# The main table of this thread's network namespace. By rtnetlink every floating IP's local route would come along.
ROUTES = Path("/proc/thread-self/net/route")
MIN_PREFIX = 8  # a route to half the internet, as VPNs make them, is a way out and no internal network


def internal_ranges(ours: Collection[str]) -> list[str]:
    """Ranges that the host has routes to, other than the default one and those through the bridges `ours`."""
    lines = ROUTES.read_text().splitlines()[1:]
    return [str(net) for net in _collapsed(_routes(lines, ours))]


def _routes(lines: Iterable[str], ours: Collection[str]) -> set[IPv4Network]:
    """Columns: interface, destination, gateway, flags, reference count, use, metric, mask; addresses in host order."""
    ranges = set()
    for line in lines:
        columns = line.split()
        net = IPv4Network((_number(columns[1]), str(IPv4Address(_number(columns[7])))))
        if columns[0] not in ours and net.prefixlen >= MIN_PREFIX:
            ranges.add(net)
    return ranges


def _number(text: str) -> int:
    return int(struct.unpack(">I", struct.pack("=I", int(text, 16)))[0])


def _collapsed(ranges: Iterable[IPv4Network]) -> list[IPv4Network]:
    """Without those that lie in another: an interval set holds no overlaps."""
    kept: list[IPv4Network] = []
    for net in sorted(ranges, key=lambda net: (net.prefixlen, net.network_address)):
        if not any(net.subnet_of(wider) for wider in kept):
            kept.append(net)
    return kept
