"""The rows of every table as frozen Structs; the field names are the columns of `migrations/`."""

from typing import ClassVar

from msgspec import Struct


class Resource(Struct, frozen=True, kw_only=True):
    """What every resource has. Times in µs."""

    TABLE: ClassVar[str]
    id: str
    project_id: str
    description: str = ""
    revision_number: int = 1
    created_at: int = 0
    updated_at: int = 0


class Network(Resource, frozen=True, kw_only=True):
    TABLE: ClassVar[str] = "networks"
    name: str
    shared: bool
    external: bool
    mtu: int


class Subnet(Resource, frozen=True, kw_only=True):
    """`pools`: JSON list of [first, last]; `dns`: JSON list of addresses."""

    TABLE: ClassVar[str] = "subnets"
    network_id: str
    name: str
    cidr: str
    gateway_ip: str
    enable_dhcp: bool
    pools: str
    dns: str


class Port(Resource, frozen=True, kw_only=True):
    """`host` is "" until compute binds the port; `by_compute`: compute made it and deletes it with its server."""

    TABLE: ClassVar[str] = "ports"
    network_id: str
    name: str
    mac_address: str
    admin_state_up: bool = True
    port_security_enabled: bool = True
    status: str = "DOWN"
    device_id: str = ""
    device_owner: str = ""
    host: str = ""
    by_compute: bool = False


class Group(Resource, frozen=True, kw_only=True):
    TABLE: ClassVar[str] = "security_groups"
    name: str
    is_default: bool = False


class Rule(Resource, frozen=True, kw_only=True):
    """For ICMP the port range holds type and code. `signature` is what two equal rules have in common."""

    TABLE: ClassVar[str] = "security_group_rules"
    security_group_id: str
    direction: str
    ethertype: str
    protocol: str | None = None
    port_range_min: int | None = None
    port_range_max: int | None = None
    remote_ip_prefix: str | None = None
    remote_group_id: str | None = None
    signature: str = ""


class FloatingIp(Resource, frozen=True, kw_only=True):
    """`fixed_ip` is set exactly when `port_id` is."""

    TABLE: ClassVar[str] = "floating_ips"
    network_id: str
    address: str
    port_id: str | None = None
    fixed_ip: str | None = None
