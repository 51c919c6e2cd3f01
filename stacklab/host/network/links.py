"""Bridges, their addresses and the flags of taps, through rtnetlink (pyroute2, imported when first used)."""

import hashlib
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import EADDRNOTAVAIL, EEXIST, EINVAL, ENODEV, EOPNOTSUPP
from ipaddress import IPv4Interface, IPv4Network
from typing import Any

from msgspec import Struct, field

from stacklab.host.network import sysctl
from stacklab.host.network.plan import NetworkError, NetworkPlan

PREFIX = "sl-"
IFF_UP = 1
FILTERS = ("br_nf_call_iptables", "br_nf_call_ip6tables")


class Bridge(Struct, frozen=True):
    """A bridge as it ought to be. `floating` addresses come after the firewall knows them and go before it forgets."""

    name: str
    mtu: int | None
    addresses: frozenset[str]  # "10.0.0.1/24"
    floating: frozenset[str] = field(default=frozenset())  # "203.0.113.7/32"
    filtered: bool = False  # bridged packets visit the inet family

    @property
    def ours(self) -> bool:
        return self.name.startswith(PREFIX)


class Held(Struct, frozen=True):
    """What is known of a bridge on the machine."""

    index: int
    addresses: frozenset[str]


def bridges_of(plan: NetworkPlan) -> list[Bridge]:
    """Every bridge that a validated plan needs."""
    wanted = []
    for need in plan.networks:
        addresses = {f"{subnet.gateway}/{IPv4Network(subnet.cidr).prefixlen}" for subnet in need.subnets}
        wanted.append(Bridge(need.bridge, need.mtu, frozenset(addresses), filtered=True))
    if plan.external:
        own = f"{plan.external.gateway}/{IPv4Network(plan.external.cidr).prefixlen}"
        floating = frozenset(f"{each.address}/32" for each in plan.floating)
        wanted.append(Bridge(plan.external.bridge, None, frozenset({own}), floating))
    return wanted


def hardware_address(bridge: str) -> str:
    """A locally administered MAC that stays the same.

    Left alone, a bridge takes the lowest of its ports', and guests' ARP entries for the gateway would go stale whenever
    a tap comes or goes.
    """
    tail = hashlib.sha256(bridge.encode()).digest()[:5]
    return ":".join(f"{byte:02x}" for byte in (0x02, *tail))


def links_by_name() -> dict[str, int]:
    """Interface name → index, in this network namespace."""
    return {name: index for index, name in socket.if_nameindex()}


class Links:
    """One rtnetlink conversation; use it as a context manager's value from `opened()`."""

    def __init__(self, route: Any) -> None:
        self._route = route

    def prepare(self, want: Bridge) -> Held:
        """Create the bridge or mend it, with its own addresses; drop those it should not have."""
        index = links_by_name().get(want.name)
        if index is None:
            index = self._create(want)
        elif want.ours:
            self._mend(want, index)
        self._route.link("set", index=index, state="up")
        if want.ours:
            for name, value in sysctl.bridge_switches(want.name).items():
                sysctl.ensure(name, value)
        return self.settle(want, Held(index, self.addresses(index)))

    def settle(self, want: Bridge, held: Held) -> Held:
        """The same for a bridge that was prepared before and known to hold these addresses."""
        extra = held.addresses - want.addresses - want.floating if want.ours else frozenset()
        self._remove(held.index, extra)
        self._add(held.index, want.addresses - held.addresses)
        return Held(held.index, held.addresses - extra | want.addresses)

    def announce(self, want: Bridge, held: Held) -> Held:
        """Hold the floating addresses: from now on the host answers ARP for them."""
        self._add(held.index, want.floating - held.addresses)
        return Held(held.index, held.addresses | want.floating)

    def let_go(self, bridge: str, addresses: Iterable[str]) -> None:
        """Remove addresses from a bridge, if both are there."""
        index = links_by_name().get(bridge)
        if index is not None:
            self._remove(index, addresses)

    def delete(self, name: str) -> None:
        """Remove a link if it is there."""
        index = links_by_name().get(name)
        if index is not None:
            with tolerating(ENODEV):
                self._route.link("del", index=index)

    def addresses(self, index: int) -> frozenset[str]:
        """The IPv4 addresses of a link, "10.0.0.1/24"."""
        found = self._route.get_addr(family=socket.AF_INET, index=index)
        return frozenset(f"{each.get('address')}/{each['prefixlen']}" for each in found)

    def drift(self, want: Bridge) -> Iterator[str]:
        """How the bridge differs, in words."""
        index = links_by_name().get(want.name)
        if index is None:
            yield f"link: bridge {want.name} is missing"
            return
        link = self._get(index)
        if not link["flags"] & IFF_UP:
            yield f"link: bridge {want.name} is down"
        if want.ours:
            yield from _settings_drift(want, link)
            yield from _switch_drift(want)
        held = self.addresses(index)
        for address in sorted((want.addresses | want.floating) - held):
            yield f"address: {address} is missing on {want.name}"
        for address in sorted(held - want.addresses - want.floating if want.ours else ()):
            yield f"address: {address} does not belong on {want.name}"

    def set_hairpin(self, index: int, on: bool) -> bool:
        """Whether a tap's own frames may come back to it. False for a tap that is gone or not yet on a bridge."""
        with tolerating(ENODEV, EINVAL, EOPNOTSUPP):
            self._route.brport("set", index=index, mode=int(on))
            return True
        return False

    def hairpin(self, index: int) -> bool | None:
        """The flag as the kernel has it; None for a link that is no bridge port."""
        try:
            link = self._get(index)
        except NetworkError:
            return None
        info = link.get_nested("IFLA_LINKINFO", "IFLA_INFO_SLAVE_DATA")
        return bool(info.get("IFLA_BRPORT_MODE")) if info else None

    def _create(self, want: Bridge) -> int:
        if not want.ours:
            raise NetworkError(f"the bridge {want.name} does not exist and its name is not one of ours ({PREFIX}…)")
        with tolerating(EEXIST):
            self._route.link(
                "add",
                ifname=want.name,
                kind="bridge",
                address=hardware_address(want.name),
                br_forward_delay=0,
                br_stp_state=0,
                br_mcast_snooping=0,
                **_settings(want),
            )
        return self._index(want.name)

    def _mend(self, want: Bridge, index: int) -> None:
        if any(_settings_drift(want, self._get(index))):
            self._route.link("set", index=index, kind="bridge", address=hardware_address(want.name), **_settings(want))

    def _index(self, name: str) -> int:
        try:
            return links_by_name()[name]
        except KeyError:
            raise NetworkError(f"the bridge {name} is gone") from None

    def _get(self, index: int) -> Any:
        try:
            return self._route.link("get", index=index)[0]
        except self._route_errors() as error:
            raise NetworkError(f"link {index} is gone") from error

    @staticmethod
    def _route_errors() -> type[Exception]:
        from pyroute2.netlink.exceptions import NetlinkError

        error: type[Exception] = NetlinkError
        return error

    def _add(self, index: int, addresses: Iterable[str]) -> None:
        for text in sorted(addresses):
            address = IPv4Interface(text)
            with tolerating(EEXIST):
                self._route.addr(
                    "add",
                    index=index,
                    address=str(address.ip),
                    prefixlen=address.network.prefixlen,
                    broadcast=str(address.network.broadcast_address),
                )

    def _remove(self, index: int, addresses: Iterable[str]) -> None:
        for text in addresses:
            ip, prefix = text.split("/")
            with tolerating(EADDRNOTAVAIL, ENODEV):
                self._route.addr("del", index=index, address=ip, prefixlen=int(prefix))


@contextmanager
def opened() -> Iterator[Links]:
    """A conversation with this thread's network namespace; what the kernel refuses comes out as NetworkError."""
    from pyroute2 import IPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    try:
        with IPRoute() as route:
            yield Links(route)
    except NetlinkError as error:
        raise NetworkError(f"the kernel refused a link or address: {error}") from error


@contextmanager
def tolerating(*codes: int) -> Iterator[None]:
    """What was to be done has been done already by somebody else."""
    from pyroute2.netlink.exceptions import NetlinkError

    try:
        yield
    except NetlinkError as error:
        if error.code not in codes:
            raise


def _settings(want: Bridge) -> dict[str, Any]:
    """The kernel's switch for the family that security groups live in is per bridge: no other bridge is bothered."""
    settings: dict[str, Any] = dict.fromkeys(FILTERS, int(want.filtered))
    return settings | ({"mtu": want.mtu} if want.mtu else {})


def _settings_drift(want: Bridge, link: Any) -> Iterator[str]:
    if want.mtu and link.get("IFLA_MTU") != want.mtu:
        yield f"link: bridge {want.name} has MTU {link.get('IFLA_MTU')}, not {want.mtu}"
    if link.get("IFLA_ADDRESS") != hardware_address(want.name):
        yield f"link: bridge {want.name} has another MAC address than the one given to it"
    data = link.get_nested("IFLA_LINKINFO", "IFLA_INFO_DATA")
    if data is None or not all(bool(data.get(f"IFLA_{name.upper()}")) == want.filtered for name in FILTERS):
        yield f"link: bridge {want.name} does not hand its packets to the firewall"


def _switch_drift(want: Bridge) -> Iterator[str]:
    for name, value in sysctl.bridge_switches(want.name).items():
        if sysctl.read(name) not in (value, None):
            yield f"sysctl: net/{name} is not {value}"
