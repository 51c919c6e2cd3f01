"""Every path of identity, and the mount that serves them."""

from msgspec.structs import replace

from stacklab.http.context import Caller
from stacklab.http.dispatch import Mount
from stacklab.http.faults import KEYSTONE
from stacklab.http.request import Request
from stacklab.http.routes import Table
from stacklab.identity import (
    PREFIX,
    actions,
    audience,
    delegation,
    policy,
    policy_catalogue,
    policy_delegation,
    policy_structure,
)
from stacklab.identity.api import (
    access_rules,
    application_credentials,
    assignments,
    auth,
    catalogue,
    credentials,
    discovery,
    domain_config,
    domains,
    ec2,
    endpoint_filter,
    endpoint_policy,
    grants,
    groups,
    limits,
    oauth1,
    policies,
    projects,
    registered_limits,
    revoke,
    roles,
    trusts,
    users,
)
from stacklab.identity.service import Identity

ROUTES = [
    *discovery.ROUTES,
    *auth.ROUTES,
    *revoke.ROUTES,
    *domains.ROUTES,
    *domain_config.ROUTES,
    *projects.ROUTES,
    *users.ROUTES,
    *application_credentials.ROUTES,
    *access_rules.ROUTES,
    *groups.ROUTES,
    *roles.ROUTES,
    *grants.ROUTES,
    *assignments.ROUTES,
    *catalogue.ROUTES,
    *endpoint_filter.ROUTES,
    *registered_limits.ROUTES,
    *limits.ROUTES,
    *credentials.ROUTES,
    *ec2.ROUTES,
    *trusts.ROUTES,
    *oauth1.ROUTES,
    *policies.ROUTES,
    *endpoint_policy.ROUTES,
]


def _admit(caller: Caller, request: Request) -> Caller:
    """Raises Unauthorized for a token of another region, Forbidden for one of an EC2 key: it is for other services."""
    delegation.require_no_key(caller)
    return audience.admit(caller, request)


def mount(service: Identity) -> Mount:
    """Keystone v3 under /identity; what issues and shows tokens under /identity/<region> too."""
    return Mount(
        PREFIX,
        service,
        Table(ROUTES),
        replace(KEYSTONE, denied=actions.denied),
        headers=[(b"vary", b"X-Auth-Token")],
        admit=_admit,
        regional=Table(route for route in ROUTES if route.path in audience.SERVED),
        is_region=lambda name: service.regions.known(name),
    )


__all__ = ["ROUTES", "mount", "policy", "policy_catalogue", "policy_delegation", "policy_structure"]
