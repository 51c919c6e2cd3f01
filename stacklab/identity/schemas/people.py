"""Users and groups. UNSET is "not given"; what may be null says so."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Name = Annotated[str, Meta(min_length=1, max_length=255)]
UserName = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"[\S]+")]
Password = Annotated[str, Meta(min_length=1, max_length=4096)]
Rule = Annotated[list[str], Meta(min_length=1)]  # methods that together suffice
DomainId = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[a-zA-Z0-9-]+$")]
Flag = bool | UnsetType | None
_SHOWN = 1024  # characters of what is wrong that are repeated
_WORDS = Literal["True", "TRUE", "true", "False", "FALSE", "false", "", "1", "0", "y", "Y", "n", "N", "on", "ON", "off",
                 "OFF", "yes", "no"]  # fmt: skip


class UserQuery(Struct):
    """What filters of a list must look like, where Keystone looks."""

    name: Name | UnsetType = UNSET
    domain_id: DomainId | UnsetType = UNSET
    enabled: _WORDS | UnsetType = UNSET


class UserOptions(Struct, forbid_unknown_fields=True):
    """Null takes an option off."""

    ignore_change_password_upon_first_use: Flag = UNSET
    ignore_password_expiry: Flag = UNSET
    ignore_lockout_failure_attempts: Flag = UNSET
    lock_password: Flag = UNSET
    ignore_user_inactivity: Flag = UNSET
    multi_factor_auth_rules: list[Rule] | UnsetType | None = UNSET
    multi_factor_auth_enabled: Flag = UNSET

    def __post_init__(self) -> None:
        rules: list[Any] = self.multi_factor_auth_rules or []
        for given in (rules, *rules):
            if len({tuple(item) for item in given}) < len(given):
                raise ValueError(f"{str(given)[:_SHOWN]} has non-unique elements")


class UserFields(Struct):
    """What an update may change, and what a create may give beside the name."""

    name: UserName | UnsetType = UNSET
    domain_id: DomainId | UnsetType = UNSET
    password: Password | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET
    description: str | UnsetType | None = UNSET  # kept with the unknown ones
    default_project_id: str | UnsetType | None = UNSET
    options: UserOptions | UnsetType = UNSET


class NewUser(UserFields, kw_only=True):
    name: UserName


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
