"""What a guest may learn about itself; the metadata service and the config drive both render it."""

from collections.abc import Callable

from msgspec import Struct, field


class NicFacts(Struct, frozen=True):
    """One network card for network_data.json."""

    port_id: str
    network_id: str
    mac: str
    mtu: int
    address: str
    netmask: str
    gateway: str | None
    dns: tuple[str, ...] = ()
    tap: str = ""


class InstanceFacts(Struct, frozen=True):
    """Everything the OpenStack and EC2 trees show of one server."""

    id: str
    name: str
    hostname: str
    project_id: str
    availability_zone: str
    flavor: str
    image_id: str
    launch_index: int = 0
    created: str = ""  # ISO 8601
    meta: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)  # key pair name → public key
    key_types: dict[str, str] = field(default_factory=dict)
    user_data: bytes | None = None
    admin_pass: str | None = None
    fixed_ip: str = ""
    floating_ip: str | None = None
    security_groups: tuple[str, ...] = ()
    nics: tuple[NicFacts, ...] = ()
    random_seed: bytes = b""


InstanceLookup = Callable[[str], InstanceFacts | None]
"""From the source address of a request (the port's fixed address) to the instance, None when there is none."""
