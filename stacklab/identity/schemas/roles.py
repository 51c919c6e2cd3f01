"""Roles and application credentials."""

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


class NewApplicationCredential(Struct, kw_only=True):
    """`expires_at` is ISO 8601; without a zone it is UTC."""

    name: Name
    secret: Annotated[str, Meta(min_length=1, max_length=4096)] | None = None
    description: str | None = None
    roles: list[RoleRef] | None = None
    expires_at: str | None = None
    unrestricted: bool = False
    access_rules: list[dict[str, Any]] | None = None


class ApplicationCredentialBody(Struct):
    application_credential: NewApplicationCredential
