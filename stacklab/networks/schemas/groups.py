"""Bodies about security groups and their rules."""

from msgspec import UNSET, Struct, UnsetType

from stacklab.networks.schemas import Id, Text
from stacklab.networks.values import Flag


class NewGroup(Struct, forbid_unknown_fields=True, kw_only=True):
    name: Text = ""
    description: Text | None = ""
    stateful: Flag | UnsetType = UNSET
    project_id: Id | UnsetType | None = UNSET
    tenant_id: Id | UnsetType | None = UNSET


class CreateGroups(Struct, forbid_unknown_fields=True):
    security_group: NewGroup | UnsetType = UNSET
    security_groups: list[NewGroup] | UnsetType = UNSET


class GroupChanges(Struct, forbid_unknown_fields=True):
    name: Text | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    stateful: Flag | UnsetType = UNSET


class UpdateGroup(Struct, forbid_unknown_fields=True):
    security_group: GroupChanges


class NewRule(Struct, forbid_unknown_fields=True, kw_only=True):
    security_group_id: Id
    direction: str
    ethertype: str | None = "IPv4"
    protocol: str | int | None = None
    port_range_min: int | str | None = None
    port_range_max: int | str | None = None
    remote_ip_prefix: str | None = None
    remote_group_id: Id | None = None
    remote_address_group_id: None = None
    description: Text | None = ""
    project_id: Id | UnsetType | None = UNSET
    tenant_id: Id | UnsetType | None = UNSET


class CreateRules(Struct, forbid_unknown_fields=True):
    security_group_rule: NewRule | UnsetType = UNSET
    security_group_rules: list[NewRule] | UnsetType = UNSET
