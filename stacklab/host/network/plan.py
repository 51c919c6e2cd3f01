"""The whole desired state of this host's networks, and what a network driver promises about it."""

from collections.abc import Collection
from typing import Protocol

from msgspec import Struct, field


def tap_name(port_id: str) -> str:
    """The tap device of a port: `sl-t` and ten hex digits of the port's UUID (an interface name has 15 at most)."""
    return "sl-t" + port_id.replace("-", "")[:10]


def bridge_name(network_id: str) -> str:
    """The bridge of a network: `sl-b` and ten hex digits of the network's UUID."""
    return "sl-b" + network_id.replace("-", "")[:10]


class SubnetPlan(Struct, frozen=True):
    """An IPv4 range on a network. `gateway` is held by the host: DHCP, DNS, metadata and routing live there."""

    cidr: str
    gateway: str
    dns: tuple[str, ...] = ()  # empty: the gateway forwards
    dhcp: bool = True


class NetworkNeed(Struct, frozen=True):
    """One flat bridge: instances behind it, NAT to the outside in front of it."""

    id: str
    bridge: str
    mtu: int
    subnets: tuple[SubnetPlan, ...]


class ExternalNeed(Struct, frozen=True):
    """The external network: floating IPs are addresses in `cidr`; `gateway` is the host's own address on `bridge`."""

    id: str
    bridge: str
    cidr: str
    gateway: str


class RuleNeed(Struct, frozen=True):
    """One security group rule, all in validated values. Empty `remote_*` means from or to anywhere."""

    direction: str  # "ingress" | "egress"
    protocol: str | None = None  # None any, "tcp", "udp", "icmp", or a number as text
    port_min: int | None = None  # ICMP: type
    port_max: int | None = None  # ICMP: code
    remote_cidr: str | None = None
    remote_group: str | None = None  # a key of NetworkPlan.groups


class PortNeed(Struct, frozen=True):
    """One instance port. With `port_security` off neither anti-spoofing nor groups apply."""

    id: str
    tap: str
    network_id: str
    mac: str
    addresses: tuple[str, ...]  # IPv4
    hostname: str  # a DNS label, already made safe
    rules: tuple[RuleNeed, ...]
    port_security: bool = True


class FloatingNeed(Struct, frozen=True):
    """A floating IP in use: one to one NAT between `address` (external) and `fixed`."""

    address: str
    fixed: str


class NetworkPlan(Struct, frozen=True):
    """Everything. An empty plan means: nothing of ours is left on the machine."""

    networks: tuple[NetworkNeed, ...] = ()
    external: ExternalNeed | None = None
    ports: tuple[PortNeed, ...] = ()
    floating: tuple[FloatingNeed, ...] = ()
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)  # group id → its members' addresses


class PlanChange(Struct, frozen=True):
    """What became of some ports. It says all there is to say of them, so what they were before need not be known.

    The addresses that these ports have, or had in the plan before, are members of just `members[port id]` and are led
    to by just `floating`.
    """

    put: tuple[PortNeed, ...] = ()  # new, or instead of the port with the same id
    removed: tuple[str, ...] = ()  # port ids; one that is not there is no mistake
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)  # id of a put port → its groups' ids
    floating: tuple[FloatingNeed, ...] = ()  # those that lead to put ports


class Drift(Struct, frozen=True):
    """One difference between the plan and the machine, in words an operator can read."""

    what: str


class NetworkError(Exception):
    """The machine refused a plan; nothing of it was applied to the firewall. The message says what was refused."""


class NetworkDriver(Protocol):
    """Synchronous and thread-safe. `apply` is atomic for the firewall, idempotent, and cheap when little changed."""

    def check(self) -> list[str]:
        """What this machine lacks, a sentence each; empty when the driver can keep its promises."""
        ...

    def apply(self, plan: NetworkPlan) -> None:
        """Make the machine equal to the plan: bridges, addresses, dnsmasq, firewall, NAT, metadata listeners."""
        ...

    def change(self, change: PlanChange) -> None:
        """The same as `apply` of the last plan with this change, at the cost of the change.

        Raises NetworkError for what does not fit into that plan (an address another port has, a network it lacks):
        then the whole plan must be applied. What drifted elsewhere is left to `apply`.
        """
        ...

    def plugged(self, port_ids: Collection[str]) -> None:
        """The hypervisor has made the taps of these ports: set what can only be set on a tap that exists."""
        ...

    def planned(self) -> NetworkPlan:
        """The last plan applied, with the changes since, in `live.LivePlan`'s normal form."""
        ...

    def audit(self) -> list[Drift]:
        """How the machine differs from the last plan applied: a deleted rule, a dead dnsmasq, a missing bridge."""
        ...

    def metadata_binds(self) -> list[tuple[str, int]]:
        """(host address, TCP port) pairs where metadata requests of guests arrive, with the guest's source address."""
        ...

    def close(self) -> None:
        """Let go: bridges, rules and DHCP stay as they are, guests keep their network."""
        ...

    def purge(self) -> None:
        """Remove every bridge, rule, address and process of ours."""
        ...
