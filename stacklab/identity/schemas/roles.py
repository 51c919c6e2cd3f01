"""Roles."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

Name = Annotated[str, Meta(min_length=1, max_length=255)]


class RoleFields(Struct):
    name: Name | UnsetType = UNSET
    domain_id: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    options: dict[str, Any] | UnsetType = UNSET


class NewRole(RoleFields, kw_only=True):
    name: Name


class RoleRef(Struct):
    id: str | None = None
    name: str | None = None
