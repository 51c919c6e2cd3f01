"""What other packages are told about a network or a port: plain facts, no rows."""

from typing import NamedTuple

from msgspec import Struct


class SubnetInfo(Struct, frozen=True):
    id: str
    cidr: str
    gateway: str
    dns: tuple[str, ...]  # what guests are told: the subnet's name servers, else its gateway


class NetworkInfo(Struct, frozen=True):
    id: str
    name: str
    shared: bool
    external: bool
    mtu: int
    bridge: str
    subnets: tuple[SubnetInfo, ...]


class Address(Struct, frozen=True):
    """One fixed address of a port; `version` is 4."""

    ip: str
    version: int
    subnet_id: str


class PortInfo(Struct, frozen=True):
    """A port as compute sees it. `floating`: fixed → floating address. `gateway`, `dns`, `cidr`: the subnet's."""

    id: str
    network_id: str
    network_name: str
    mac: str
    addresses: tuple[Address, ...]
    floating: dict[str, str]
    security_groups: tuple[tuple[str, str], ...]  # (id, name)
    tap: str
    bridge: str
    mtu: int
    gateway: str
    dns: tuple[str, ...]
    cidr: str
    created_by_compute: bool
    status: str
    device_id: str
    project_id: str


class Reach(NamedTuple):
    """One address a server is reached at, as lists show it; `ip` is None for a port that has none."""

    network_name: str
    mac: str
    ip: str | None
    floating: str | None
    group_names: tuple[str, ...]  # of the address's port, by name
