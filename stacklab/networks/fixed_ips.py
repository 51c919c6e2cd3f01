"""The addresses of one port: those it is given when it is made, and the change from what it has to what is wanted."""

from collections.abc import Sequence

from msgspec import Struct

from stacklab.core.db.database import rows
from stacklab.core.events import Bus
from stacklab.networks import addresses, floatingips, networks, refusals, store
from stacklab.networks.model import Port, Subnet

MOST = 5  # Neutron's max_fixed_ips_per_port


class FixedWish(Struct, frozen=True):
    """An address (checked, in its one spelling), a subnet to take any from, or both."""

    subnet_id: str | None = None
    ip: str | None = None


def give(port: Port, wanted: Sequence[FixedWish] | None) -> None:
    """Take the addresses asked for; one of any subnet when nothing was said."""
    subnets = networks.subnets_of(port.network_id)
    if wanted is None:
        if subnets:
            _take_any(port, subnets)
        return
    _not_too_many(wanted)
    for wish in wanted:
        _take_one(port, subnets, wish)


def _take_any(port: Port, subnets: Sequence[Subnet]) -> None:
    if not any(addresses.take_any(subnet, port.id) for subnet in subnets):
        words = f"No more IP addresses available on network {port.network_id}."
        raise refusals.conflict("IpAddressGenerationFailure", words)


def _take_one(port: Port, subnets: Sequence[Subnet], wish: FixedWish) -> None:
    candidates = [s for s in subnets if wish.subnet_id in (None, s.id)]
    if not candidates:
        if wish.subnet_id and store.find(Subnet, wish.subnet_id):
            words = (
                f"Failed to create port on network {port.network_id}, because fixed_ips included invalid subnet "
                f"{wish.subnet_id}."
            )
            raise refusals.invalid(words, "InvalidInput")
        raise refusals.missing(Subnet.TABLE, str(wish.subnet_id))
    if wish.ip is None:
        _take_any(port, candidates)
        return
    ip = wish.ip
    subnet = next((s for s in candidates if addresses.usable(s, ip)), None)
    if subnet is None:
        if wish.subnet_id:
            raise refusals.invalid(f"IP address {ip} is not a valid IP for the specified subnet.", "InvalidIpForSubnet")
        words = f"IP address {ip} is not a valid IP for any of the subnets on the specified network."
        raise refusals.invalid(words, "InvalidIpForNetwork")
    if addresses.take(subnet, ip, port.id) is None:
        words = f"IP address {ip} already allocated in subnet {subnet.id}"
        raise refusals.conflict("IpAddressAlreadyAllocated", words)


def replace(bus: Bus, port: Port, wanted: Sequence[FixedWish]) -> None:
    """Keep what is wanted again, give back the rest (and what floats to it), take what is new."""
    _not_too_many(wanted)
    subnets = {subnet.id: subnet for subnet in networks.subnets_of(port.network_id)}
    left = sorted(wanted, key=lambda wish: wish.ip is None)  # a wish for this very address before one for any
    for subnet_id, ip in rows("SELECT subnet_id, ip FROM addresses WHERE holder = ? ORDER BY number", (port.id,)):
        match = next((wish for wish in left if _keeps(wish, subnet_id, ip)), None)
        if match:
            left.remove(match)
        else:
            floatingips.leave_address(bus, port, ip)
            addresses.give_back_one(subnets[subnet_id], ip)
    for wish in left:
        _take_one(port, list(subnets.values()), wish)


def _keeps(wish: FixedWish, subnet_id: str, ip: str) -> bool:
    return wish.subnet_id in (None, subnet_id) and wish.ip in (None, ip)


def _not_too_many(wanted: Sequence[FixedWish]) -> None:
    if len(wanted) > MOST:
        raise refusals.invalid("Exceeded maximum amount of fixed ips per port.", "InvalidInput")
