"""Bodies about quotas, services and server groups."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from stacklab.compute.schemas.common import Name, Truth, Whole
from stacklab.http.microversion import Version


class QuotaBody(Struct, forbid_unknown_fields=True):
    """Numbers of things, -1 for no limit."""

    instances: Whole | UnsetType = UNSET
    cores: Whole | UnsetType = UNSET
    ram: Whole | UnsetType = UNSET
    key_pairs: Whole | UnsetType = UNSET
    metadata_items: Whole | UnsetType = UNSET
    server_groups: Whole | UnsetType = UNSET
    server_group_members: Whole | UnsetType = UNSET
    injected_files: Whole | UnsetType = UNSET
    injected_file_content_bytes: Whole | UnsetType = UNSET
    injected_file_path_bytes: Whole | UnsetType = UNSET
    fixed_ips: Whole | UnsetType = UNSET
    floating_ips: Whole | UnsetType = UNSET
    security_groups: Whole | UnsetType = UNSET
    security_group_rules: Whole | UnsetType = UNSET
    force: Truth | UnsetType = UNSET


NETWORK_UNTIL: dict[str, Version] = {
    "fixed_ips": (2, 35),
    "floating_ips": (2, 35),
    "security_groups": (2, 35),
    "security_group_rules": (2, 35),
}
FILES_UNTIL: dict[str, Version] = {
    "injected_files": (2, 56),
    "injected_file_content_bytes": (2, 56),
    "injected_file_path_bytes": (2, 56),
}
UNTIL = {**NETWORK_UNTIL, **FILES_UNTIL}


class PutQuota(Struct, forbid_unknown_fields=True):
    quota_set: QuotaBody


class PutQuotaClass(Struct, forbid_unknown_fields=True):
    quota_class_set: QuotaBody


class ServiceChange(Struct, forbid_unknown_fields=True):
    """Since 2.53."""

    status: Literal["enabled", "disabled"] | UnsetType = UNSET
    disabled_reason: Annotated[str, Meta(min_length=1, max_length=255)] | UnsetType = UNSET
    forced_down: Truth | UnsetType = UNSET


class OldServiceChange(Struct, forbid_unknown_fields=True):
    """PUT /os-services/{enable, disable, disable-log-reason, force-down}, up to 2.52."""

    host: Name
    binary: Name
    disabled_reason: Annotated[str, Meta(min_length=1, max_length=255)] | UnsetType = UNSET
    forced_down: Truth | UnsetType = UNSET


Policy = Literal["affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"]


class Rules(Struct, forbid_unknown_fields=True):
    max_server_per_host: Whole | UnsetType = UNSET


class NewGroup(Struct, forbid_unknown_fields=True):
    name: Name
    policies: Annotated[list[Policy], Meta(min_length=1, max_length=1)] | UnsetType = UNSET
    policy: Policy | UnsetType = UNSET
    rules: Rules | UnsetType = UNSET


class CreateGroup(Struct, forbid_unknown_fields=True):
    server_group: NewGroup
