"""Whether an address may stand in the catalogue: a sponsor cannot point home's own clients at home's insides."""

import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

_METADATA = {ip_address("fd00:ec2::254"), ip_address("100.100.100.200")}
"""Where clouds serve metadata, apart from the link-local ones."""


def is_inside(url: str) -> bool:
    """Loopback, link-local, unspecified, multicast or a metadata service. Names are not looked up: what they stand for
    may change with each question."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    found = _address(host)
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found is not None and (
        found.is_loopback or found.is_link_local or found.is_unspecified or found.is_multicast or found in _METADATA
    )


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    found = _address(host)
    return host == "localhost" or (found is not None and found.is_loopback)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """None for a name. Also as libraries of C read it: 127.1, 0x7f000001, 2130706433."""
    with suppress(ValueError):
        return ip_address(host.partition("%")[0])
    with suppress(OSError, ValueError):
        return IPv4Address(socket.inet_aton(host))
    return None
