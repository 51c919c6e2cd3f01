"""Registered limits and limits. -1 is no limit."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from stacklab.identity.schemas.catalogue import Name, RegionId

Amount = Annotated[int, Meta(ge=-1, le=0x7FFFFFFF)]
Uuid = Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$")]
OwnerId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9-]+$")]
Description = Annotated[str, Meta(max_length=255)]


class NewRegisteredLimit(Struct, forbid_unknown_fields=True, kw_only=True):
    service_id: Uuid
    resource_name: Name
    default_limit: Amount
    region_id: RegionId | None = None
    description: Description | None = None


class NewRegisteredLimits(Struct, forbid_unknown_fields=True):
    registered_limits: Annotated[list[NewRegisteredLimit], Meta(min_length=1)]


class RegisteredLimitFields(Struct, forbid_unknown_fields=True):
    service_id: Uuid | UnsetType = UNSET
    resource_name: Name | UnsetType = UNSET
    default_limit: Amount | UnsetType = UNSET
    region_id: RegionId | UnsetType | None = UNSET
    description: Description | UnsetType | None = UNSET


class RegisteredLimitChange(Struct, forbid_unknown_fields=True):
    registered_limit: RegisteredLimitFields


class NewLimit(Struct, forbid_unknown_fields=True, kw_only=True):
    """Exactly one of `project_id` and `domain_id` is given."""

    service_id: Uuid
    resource_name: Name
    resource_limit: Amount
    region_id: RegionId | None = None
    description: Description | None = None
    project_id: OwnerId | UnsetType | None = UNSET
    domain_id: OwnerId | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        if (self.project_id is UNSET) == (self.domain_id is UNSET):
            raise ValueError("exactly one of project_id and domain_id is a required property")


class NewLimits(Struct, forbid_unknown_fields=True):
    limits: Annotated[list[NewLimit], Meta(min_length=1)]


class LimitFields(Struct, forbid_unknown_fields=True):
    resource_limit: Amount | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET


class LimitChange(Struct, forbid_unknown_fields=True):
    limit: LimitFields
