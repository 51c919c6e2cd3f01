"""The whole desired state of this host's networks, and what a network driver promises about it."""

from dataclasses import dataclass, field
from typing import Protocol


def tap_name(port_id: str) -> str:
    """The tap device of a port: `sl-t` and ten hex digits of the port's UUID (an interface name has 15 at most)."""
    return "sl-t" + port_id.replace("-", "")[:10]


def bridge_name(network_id: str) -> str:
    """The bridge of a network: `sl-b` and ten hex digits of the network's UUID."""
    return "sl-b" + network_id.replace("-", "")[:10]


@dataclass(frozen=True, slots=True)
class SubnetPlan:
    """An IPv4 range on a network. `gateway` is held by the host: DHCP, DNS, metadata and routing live there."""

    cidr: str
    gateway: str
    dns: tuple[str, ...] = ()  # empty: the gateway forwards
    dhcp: bool = True


@dataclass(frozen=True, slots=True)
class NetworkNeed:
    """One flat bridge: instances behind it, NAT to the outside in front of it."""

    id: str
    bridge: str
    mtu: int
    subnets: tuple[SubnetPlan, ...]


@dataclass(frozen=True, slots=True)
class ExternalNeed:
    """The external network: floating IPs are addresses in `cidr`; `gateway` is the host's own address on `bridge`."""

    id: str
    bridge: str
    cidr: str
    gateway: str


@dataclass(frozen=True, slots=True)
class RuleNeed:
    """One security group rule, all in validated values. Empty `remote_*` means from or to anywhere."""

    direction: str  # "ingress" | "egress"
    protocol: str | None = None  # None any, "tcp", "udp", "icmp", or a number as text
    port_min: int | None = None  # ICMP: type
    port_max: int | None = None  # ICMP: code
    remote_cidr: str | None = None
    remote_group: str | None = None  # a key of NetworkPlan.groups


@dataclass(frozen=True, slots=True)
class PortNeed:
    """One instance port. With `port_security` off neither anti-spoofing nor groups apply."""

    id: str
    tap: str
    network_id: str
    mac: str
    addresses: tuple[str, ...]  # IPv4
    hostname: str  # a DNS label, already made safe
    rules: tuple[RuleNeed, ...]
    port_security: bool = True


@dataclass(frozen=True, slots=True)
class FloatingNeed:
    """A floating IP in use: one to one NAT between `address` (external) and `fixed`."""

    address: str
    fixed: str


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """Everything. An empty plan means: nothing of ours is left on the machine."""

    networks: tuple[NetworkNeed, ...] = ()
    external: ExternalNeed | None = None
    ports: tuple[PortNeed, ...] = ()
    floating: tuple[FloatingNeed, ...] = ()
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)  # group id → its members' addresses


@dataclass(frozen=True, slots=True)
class Drift:
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
