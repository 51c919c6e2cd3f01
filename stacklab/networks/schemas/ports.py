"""Bodies about ports."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field

from stacklab.networks.schemas import Id, Text
from stacklab.networks.values import Flag


class FixedIp(Struct, forbid_unknown_fields=True):
    subnet_id: Id | UnsetType | None = UNSET
    ip_address: Text | UnsetType | None = UNSET


class PortChanges(Struct, forbid_unknown_fields=True, kw_only=True):
    """What may be said of a port at any time; the admin's alone are named in `policy.py`."""

    name: Text | UnsetType | None = UNSET
    description: Text | UnsetType | None = UNSET
    admin_state_up: Flag | UnsetType = UNSET
    fixed_ips: list[FixedIp] | UnsetType | None = UNSET
    security_groups: list[Id] | UnsetType | None = UNSET
    port_security_enabled: Flag | UnsetType = UNSET
    mac_address: Text | UnsetType | None = UNSET
    device_id: Text | UnsetType | None = UNSET
    device_owner: Text | UnsetType | None = UNSET
    host_id: Text | UnsetType | None = field(default=UNSET, name="binding:host_id")
    vnic_type: Literal["normal"] | UnsetType = field(default=UNSET, name="binding:vnic_type")
    profile: dict[str, Any] | UnsetType | None = field(default=UNSET, name="binding:profile")


class NewPort(PortChanges, forbid_unknown_fields=True, kw_only=True):
    network_id: Id
    project_id: Id | UnsetType | None = UNSET
    tenant_id: Id | UnsetType | None = UNSET


class CreatePorts(Struct, forbid_unknown_fields=True):
    port: NewPort | UnsetType = UNSET
    ports: list[NewPort] | UnsetType = UNSET


class UpdatePort(Struct, forbid_unknown_fields=True):
    port: PortChanges
