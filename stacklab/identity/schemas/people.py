"""Users and groups. UNSET is "not given"; what may be null says so."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

Name = Annotated[str, Meta(min_length=1, max_length=255)]
Password = Annotated[str, Meta(min_length=1, max_length=4096)]


class UserFields(Struct):
    """What an update may change, and what a create may give beside the name."""

    name: Name | UnsetType = UNSET
    domain_id: str | UnsetType = UNSET
    password: Password | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET
    default_project_id: str | UnsetType | None = UNSET
    options: dict[str, Any] | UnsetType = UNSET


class NewUser(UserFields, kw_only=True):
    name: Name


class PasswordChange(Struct):
    password: Password
    original_password: str


class PasswordBody(Struct):
    user: PasswordChange


class GroupFields(Struct):
    name: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    domain_id: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


class NewGroup(GroupFields, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=64)]
