"""Who may do what with the catalogue, policy documents, limits and domain configuration: Keystone's default rules.

The roles of a domain's token count for none of these: what is the whole cloud's is run from a project or the system.
"""

from stacklab.http.context import Caller
from stacklab.http.policy import ADMIN, ANY, Check, Target, declare, either


def _system_reader(caller: Caller, _target: Target) -> bool:
    return caller.system and "reader" in caller.roles


def _not_of_a_domain(check: Check) -> Check:
    return lambda caller, target: caller.domain_id is None and check(caller, target)


def _of_limit(caller: Caller, target: Target) -> bool:
    """The project that has the limit; the domain that has it, or whose project does."""
    held = (("project_id", caller.project_id), ("domain_id", caller.domain_id))
    return any(own is not None and own == target.get(kind) for kind, own in held)


READ = _not_of_a_domain(either(ADMIN, _system_reader))
WRITE = _not_of_a_domain(ADMIN)

declare(
    "identity",
    {
        "catalogue:read": (ANY, "List and show regions"),
        "catalogue:manage": (READ, "List and show services and endpoints"),
        "catalogue:write": (WRITE, "Create, change and delete regions, services and endpoints"),
        "endpoint_filter:read": (READ, "See which endpoints a project's catalogue shows"),
        "endpoint_filter:write": (WRITE, "Choose which endpoints a project's catalogue shows"),
        "policies:read": (READ, "List and show policy documents"),
        "policies:write": (WRITE, "Create, change and delete policy documents"),
        "endpoint_policy:read": (READ, "See which policy document is for which endpoints"),
        "endpoint_policy:write": (WRITE, "Choose which policy document is for which endpoints"),
        "registered_limits:read": (ANY, "List and show registered limits"),
        "registered_limits:write": (WRITE, "Create, change and delete registered limits"),
        "limits:model": (ANY, "See how limits bear on each other"),
        "limits:list": (ANY, "List the limits of one's own scope"),
        "limits:show": (either(ADMIN, _system_reader, _of_limit), "Show a limit"),
        "limits:write": (WRITE, "Create, change and delete limits"),
        "domain_config:read": (READ, "Show the configuration of a domain, and the defaults"),
        "domain_config:compliance": (ANY, "See what a password must be like"),
        "domain_config:write": (WRITE, "Create, change and delete the configuration of a domain"),
    },
)
