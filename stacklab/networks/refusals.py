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


def no_resource() -> Failure:
    return NotFound("The resource could not be found.", kind="HTTPNotFound")


def no_tag(tag: str) -> Failure:
    return NotFound(f"Tag {tag} could not be found.", kind="TagNotFound")


def no_extension(alias: str) -> Failure:
    return NotFound(f"Extension with alias {alias} does not exist", kind="HTTPNotFound")


def no_agent(agent_id: str) -> Failure:
    return NotFound(f"Agent {agent_id} could not be found.", kind="AgentNotFound")


def no_quota(project_id: str) -> Failure:
    return NotFound(f"Quota for tenant {project_id} could not be found.", kind="TenantQuotaNotFound")
