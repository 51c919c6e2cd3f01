"""Every path of identity, and the mount that serves them."""

from stacklab.http.dispatch import Mount
from stacklab.http.faults import KEYSTONE
from stacklab.http.routes import Table
from stacklab.identity import PREFIX, audience, policy, policy_catalogue, policy_structure
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
    endpoint_filter,
    endpoint_policy,
    grants,
    groups,
    limits,
    policies,
    projects,
    registered_limits,
    revoke,
    roles,
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
    *policies.ROUTES,
    *endpoint_policy.ROUTES,
]


def mount(service: Identity) -> Mount:
    """Keystone v3 under /identity; what issues and shows tokens under /identity/<region> too."""
    return Mount(
        PREFIX,
        service,
        Table(ROUTES),
        KEYSTONE,
        headers=[(b"vary", b"X-Auth-Token")],
        admit=audience.admit,
        regional=Table(route for route in ROUTES if route.path in audience.SERVED),
        is_region=lambda name: service.regions.known(name),
    )


__all__ = ["ROUTES", "mount", "policy", "policy_catalogue", "policy_structure"]
