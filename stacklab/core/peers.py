"""Who is at the other end of a connection, for limits that count by address."""

from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address


def client(peer: str, forwarded: str) -> str:
    """The address that asks, from the connection's peer and the X-Forwarded-For header.

    A proxy or the console on this machine says for whom it does; nobody else is believed, and of what is said only
    the last entry, which the proxy itself added.
    """
    seen = _parse(peer)
    if seen is None or seen.is_loopback:
        seen = _parse(forwarded.rpartition(",")[2].strip()) or seen
    return str(seen or peer)


def counted(address: str) -> str:
    """What an address counts as: an IPv6 client has a whole /64 to choose from, which is one."""
    found = _parse(address)
    if isinstance(found, IPv6Address):
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return address


def _parse(text: str) -> Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
