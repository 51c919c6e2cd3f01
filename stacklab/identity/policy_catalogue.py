"""Who may do what with the catalogue, policy documents, limits and domain configuration: Keystone's default rules.

The roles of a domain's token count for none of these: what is the whole cloud's is run from a project or the system.
"""

from stacklab.http.context import Caller
from stacklab.http.policy import ADMIN, ANY, Target, declare, either
from stacklab.identity.policy import READ, not_of_a_domain


def _of_limit(caller: Caller, target: Target) -> bool:
    """The project that has the limit; the domain that has it, or whose project does."""
    held = (("project_id", caller.project_id), ("domain_id", caller.domain_id))
    return any(own is not None and own == target.get(kind) for kind, own in held)


OVERSEE = not_of_a_domain(READ)
RUN = not_of_a_domain(ADMIN)

declare(
    "identity",
    {
        "catalogue:read": (ANY, "List and show regions"),
        "catalogue:manage": (OVERSEE, "List and show services and endpoints"),
        "catalogue:write": (RUN, "Create, change and delete regions, services and endpoints"),
        "endpoint_filter:read": (OVERSEE, "See which endpoints a project's catalogue shows"),
        "endpoint_filter:write": (RUN, "Choose which endpoints a project's catalogue shows"),
        "policies:read": (OVERSEE, "List and show policy documents"),
        "policies:write": (RUN, "Create, change and delete policy documents"),
        "endpoint_policy:read": (OVERSEE, "See which policy document is for which endpoints"),
        "endpoint_policy:write": (RUN, "Choose which policy document is for which endpoints"),
        "registered_limits:read": (ANY, "List and show registered limits"),
        "registered_limits:write": (RUN, "Create, change and delete registered limits"),
        "limits:model": (ANY, "See how limits bear on each other"),
        "limits:list": (ANY, "List the limits of one's own scope"),
        "limits:show": (either(READ, _of_limit), "Show a limit"),
        "limits:write": (RUN, "Create, change and delete limits"),
        "domain_config:read": (OVERSEE, "Show the configuration of a domain, and the defaults"),
        "domain_config:compliance": (ANY, "See what a password must be like"),
        "domain_config:write": (RUN, "Create, change and delete the configuration of a domain"),
    },
)
