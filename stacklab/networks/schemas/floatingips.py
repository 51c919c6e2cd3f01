"""Bodies about floating IPs."""

from msgspec import UNSET, Struct, UnsetType

from stacklab.networks.schemas import Id, Text


class FloatingChanges(Struct, forbid_unknown_fields=True, kw_only=True):
    """`port_id` null takes the floating IP off its port."""

    port_id: Id | UnsetType | None = UNSET
    fixed_ip_address: Text | UnsetType | None = UNSET
    description: Text | UnsetType | None = UNSET


class NewFloating(FloatingChanges, forbid_unknown_fields=True, kw_only=True):
    floating_network_id: Id
    floating_ip_address: Text | UnsetType | None = UNSET
    subnet_id: Id | UnsetType | None = UNSET
    project_id: Id | UnsetType | None = UNSET
    tenant_id: Id | UnsetType | None = UNSET


class CreateFloating(Struct, forbid_unknown_fields=True):
    floatingip: NewFloating | UnsetType = UNSET
    floatingips: list[NewFloating] | UnsetType = UNSET


class UpdateFloating(Struct, forbid_unknown_fields=True):
    floatingip: FloatingChanges
