"""Endpoint groups."""

from msgspec import UNSET, Struct, UnsetType

from stacklab.identity.schemas.catalogue import Name


class GroupFields(Struct, forbid_unknown_fields=True):
    name: Name | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    filters: dict[str, str | None] | UnsetType = UNSET


class GroupChange(Struct, forbid_unknown_fields=True):
    endpoint_group: GroupFields


class NewGroup(Struct, forbid_unknown_fields=True, kw_only=True):
    name: Name
    description: str | None = None
    filters: dict[str, str | None]


class NewGroupBody(Struct, forbid_unknown_fields=True):
    endpoint_group: NewGroup
