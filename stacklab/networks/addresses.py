"""Which addresses of a subnet are in use and which are free; every question is one look-up on an index.

`addresses` holds what is used (its key forbids using one twice), `free_ranges` what is left of the allocation pools as
ranges that never touch. A free address is picked at random, so that one just given back is not handed on at once while
neighbours still have its old owner's MAC in their ARP tables. All functions run inside the caller's transaction.
"""

import random
from ipaddress import IPv4Address, IPv4Network

import msgspec
from msgspec import Struct

from stacklab.core.db.database import change, row, rows
from stacklab.networks.model import Subnet

_HOLD = "INSERT INTO addresses (subnet_id, number, ip, holder) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
AFTER = "SELECT first, last FROM free_ranges WHERE subnet_id = ? AND last >= ? ORDER BY last LIMIT 1"


class Held(Struct, frozen=True):
    subnet_id: str
    ip: str


def pools(subnet: Subnet) -> list[tuple[int, int]]:
    """The allocation pools as (first, last) numbers."""
    listed: list[tuple[str, str]] = msgspec.json.decode(subnet.pools, type=list[tuple[str, str]])
    return [(int(IPv4Address(first)), int(IPv4Address(last))) for first, last in listed]


def open_pools(subnet: Subnet) -> None:
    """A new subnet: everything in its pools is free."""
    for first, last in pools(subnet):
        _add_range(subnet.id, first, last)


def take_any(subnet: Subnet, holder: str) -> Held | None:
    """A free address of the pools for `holder`; None when there is none left."""
    listed = pools(subnet)
    start = random.randint(listed[0][0], listed[-1][1]) if listed else 0
    found = row(AFTER, (subnet.id, start)) or row(AFTER, (subnet.id, 0))
    if found is None:
        return None
    first, last = found
    number = max(first, start) if start <= last else first
    _split(subnet.id, first, last, number)
    return _hold(subnet.id, number, holder)


def take(subnet: Subnet, ip: str, holder: str) -> Held | None:
    """This very address, in or outside the pools; None when it is in use or is the gateway's."""
    number = int(IPv4Address(ip))
    if ip == subnet.gateway_ip:
        return None
    held = _hold(subnet.id, number, holder)
    if held and (found := row(AFTER, (subnet.id, number))) and found[0] <= number:
        _split(subnet.id, found[0], found[1], number)
    return held


def usable(subnet: Subnet, ip: str) -> bool:
    """True for a host address of the subnet's range (in use or not)."""
    net = IPv4Network(subnet.cidr)
    address = IPv4Address(ip)
    return address in net and (net.prefixlen > 30 or address not in (net.network_address, net.broadcast_address))


def give_back(holder: str, subnets: dict[str, Subnet]) -> None:
    """Everything a port or floating IP holds is free again. `subnets` by id."""
    held = rows("DELETE FROM addresses WHERE holder = ? RETURNING subnet_id, number", (holder,))
    for subnet_id, number in held:
        if any(first <= number <= last for first, last in pools(subnets[subnet_id])):
            _merge(subnet_id, number)


def give_back_one(subnet: Subnet, ip: str) -> None:
    """One address of a port is free again."""
    number = int(IPv4Address(ip))
    if change("DELETE FROM addresses WHERE subnet_id = ? AND number = ?", (subnet.id, number)) and any(
        first <= number <= last for first, last in pools(subnet)
    ):
        _merge(subnet.id, number)


def _hold(subnet_id: str, number: int, holder: str) -> Held | None:
    ip = str(IPv4Address(number))
    return Held(subnet_id, ip) if change(_HOLD, (subnet_id, number, ip, holder)) else None


def _split(subnet_id: str, first: int, last: int, number: int) -> None:
    """Cut one number out of a free range."""
    change("DELETE FROM free_ranges WHERE subnet_id = ? AND last = ?", (subnet_id, last))
    _add_range(subnet_id, first, number - 1)
    _add_range(subnet_id, number + 1, last)


def _merge(subnet_id: str, number: int) -> None:
    """Put one number back and join the ranges it touches."""
    below = row("SELECT first, last FROM free_ranges WHERE subnet_id = ? AND last = ?", (subnet_id, number - 1))
    above = row("SELECT first, last FROM free_ranges WHERE subnet_id = ? AND first = ?", (subnet_id, number + 1))
    for found in (below, above):
        if found:
            change("DELETE FROM free_ranges WHERE subnet_id = ? AND last = ?", (subnet_id, found[1]))
    _add_range(subnet_id, below[0] if below else number, above[1] if above else number)


def _add_range(subnet_id: str, first: int, last: int) -> None:
    if first <= last:
        change("INSERT INTO free_ranges (subnet_id, last, first) VALUES (?, ?, ?)", (subnet_id, last, first))
