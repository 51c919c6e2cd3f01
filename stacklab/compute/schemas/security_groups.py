"""Bodies about security groups, as compute took them up to 2.35."""

from msgspec import Struct

from stacklab.compute.schemas.common import Name


class GroupOf(Struct, forbid_unknown_fields=True):
    """The value of addSecurityGroup and removeSecurityGroup."""

    name: Name


class GroupBody(Struct, forbid_unknown_fields=True):
    name: str
    description: str | None = ""


class PutGroup(Struct, forbid_unknown_fields=True):
    security_group: GroupBody


class RuleBody(Struct):
    """Ports and ids also come as text; a `null` group means: from `cidr`."""

    parent_group_id: str | int
    ip_protocol: str | None = None
    from_port: int | str | None = None
    to_port: int | str | None = None
    cidr: str | None = None
    group_id: str | int | None = None


class CreateRule(Struct, forbid_unknown_fields=True):
    security_group_rule: RuleBody
