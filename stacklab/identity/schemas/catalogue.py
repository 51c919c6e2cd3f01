"""Regions, services, endpoints; policy documents."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Id = Annotated[str, Meta(max_length=255)]
RegionId = Annotated[str, Meta(min_length=1, max_length=255)]
Kind = Annotated[str, Meta(min_length=1, max_length=255)]
Name = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]
Interface = Literal["admin", "internal", "public"]
Url = Annotated[str, Meta(max_length=225, pattern=r"^([a-zA-Z0-9+.-]+:|[$%]\(base\)s).+")]
"""`$(base)s` is our own: the address the caller reached us by."""


class RegionFields(Struct):
    id: Id | UnsetType | None = UNSET
    description: Annotated[str, Meta(max_length=255)] | UnsetType | None = UNSET
    parent_region_id: RegionId | UnsetType | None = UNSET


class ServiceFields(Struct):
    type: Kind | UnsetType = UNSET
    name: Annotated[str, Meta(min_length=1, max_length=255)] | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET


class NewService(ServiceFields, kw_only=True):
    type: Kind


class EndpointFields(Struct):
    interface: Interface | UnsetType = UNSET
    service_id: str | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    region_id: Id | UnsetType | None = UNSET
    region: Id | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET


class NewEndpoint(EndpointFields, kw_only=True):
    interface: Interface
    service_id: str
    url: Url


class PolicyFields(Struct):
    blob: str | UnsetType = UNSET
    type: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET


class NewPolicy(PolicyFields, kw_only=True):
    blob: str
    type: Annotated[str, Meta(max_length=255)]
