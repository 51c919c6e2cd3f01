"""The failures clients of Neutron know by type name, with its wording."""

from stacklab.core.errors import BadRequest, Conflict, Failure, Forbidden, NotFound

_MISSING = {
    "networks": ("NetworkNotFound", "Network {} could not be found."),
    "subnets": ("SubnetNotFound", "Subnet {} could not be found."),
    "ports": ("PortNotFound", "Port {} could not be found."),
    "security_groups": ("SecurityGroupNotFound", "Security group {} does not exist"),
    "security_group_rules": ("SecurityGroupRuleNotFound", "Security group rule {} does not exist"),
    "floating_ips": ("FloatingIPNotFound", "Floating IP {} could not be found"),
}


def missing(table: str, row_id: str) -> Failure:
    """404: there is none, or none that the caller may know of."""
    kind, words = _MISSING[table]
    return NotFound(words.format(row_id), kind=kind)


def invalid(message: str, kind: str = "HTTPBadRequest") -> Failure:
    return BadRequest(message, kind=kind)


def bad_value(name: str, value: object, reason: str) -> Failure:
    """400 as Neutron words an attribute it cannot take."""
    return BadRequest(f"Invalid input for {name}. Reason: '{value}' {reason}.", kind="HTTPBadRequest")


def conflict(kind: str, message: str) -> Failure:
    return Conflict(message, kind=kind)


def forbidden(message: str) -> Failure:
    return Forbidden(message, kind="PolicyNotAuthorized")


def over_quota(resources: list[str]) -> Failure:
    return Conflict(f"Quota exceeded for resources: {resources}.", kind="OverQuota")
