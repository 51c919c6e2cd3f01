"""Which addresses of the web this node opens for a user: what is behind its own doors is not a user's to read.

A name is resolved once and each of its addresses weighed; the connection goes to a weighed address, never back to the
name, so a name that answers otherwise the second time (DNS rebinding) changes nothing. Redirects are weighed again.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from msgspec import Struct

from stacklab.core.errors import BadRequest
from stacklab.core.settings import Images

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2048  # characters of an address


class Target(Struct, frozen=True):
    """Where a request goes: `host` is what the server is called (and its certificate), `path` begins with a slash."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class Unreachable(BadRequest):
    """An address that is not opened. The message says that, and nothing of what the name resolved to."""


def target(settings: Images, uri: object) -> Target:
    """The parts of an address that may be asked for, its name unresolved. Raises Unreachable."""
    if not isinstance(uri, str) or len(uri) > _LONGEST or not uri.isascii() or not uri.isprintable() or " " in uri:
        raise Unreachable("URI does not pass filtering: it must be text in ASCII, of at most 2048 characters.")
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused("it cannot be read") from None
    ports = settings.import_ports
    if parts.scheme not in _PORTS or not host or parts.username is not None or parts.password is not None:
        raise _refused(f"{parts.scheme}://{host}")
    if _shorthand(host) or (_numeric(host) and not allowed(settings, host)):
        raise _refused(f"{parts.scheme}://{host}")
    found = Target(parts.scheme, host, port or _PORTS[parts.scheme], parts.path or "/")
    if ports and str(found.port) not in ports:
        raise _refused(f"{parts.scheme}://{found.authority}")
    if parts.query:
        found = Target(found.scheme, found.host, found.port, f"{found.path}?{parts.query}")
    return found


def addresses(settings: Images, wanted: Target) -> list[str]:
    """The numeric addresses to connect to, weighed. Blocks: call in a thread. Raises Unreachable."""
    try:
        found = socket.getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _refused(wanted.authority) from None
    texts = list(dict.fromkeys(str(address[0]) for *_, address in found))
    # One address inside spoils the name: the outside one would only be there to be seen first.
    if not texts or not all(allowed(settings, text) for text in texts):
        raise _refused(wanted.authority)
    return texts


def _numeric(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _shorthand(host: str) -> bool:
    """127.1, 2130706433, 0x7f.1: what only the C library takes for an address means to be misread."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return not _numeric(host)


def allowed(settings: Images, text: str) -> bool:
    """Whether this address may be connected to."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if settings.import_private:
        return not (address.is_multicast or address.is_unspecified)
    return all(map(_public, _meant(address)))


def _public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False  # fec0::/10, given up in RFC 3879: where it is used it is inside, and Python calls it global
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _meant(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The address and the IPv4 addresses that travel in it: mapped, 6to4, Teredo, NAT64 (RFC 6052)."""
    found: list[IPv4Address | IPv6Address] = [address]
    if isinstance(address, IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address.packed[:12] == bytes.fromhex("0064ff9b0000000000000000"):
            inner.append(IPv4Address(address.packed[12:]))
        if address.ipv4_mapped:
            found.clear()
        found += [one for one in inner if one is not None]
    return found


def _refused(what: str) -> Unreachable:
    """`what` holds neither the user part nor the query: secrets travel there."""
    return Unreachable(f"URI does not pass filtering: {what}")
