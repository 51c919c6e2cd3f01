"""Every path of identity, and the mount that serves them."""

from stacklab.http.dispatch import Mount
from stacklab.http.faults import KEYSTONE
from stacklab.http.routes import Table
from stacklab.identity import PREFIX, policy
from stacklab.identity.api import (
    application_credentials,
    assignments,
    auth,
    catalogue,
    credentials,
    discovery,
    domains,
    grants,
    groups,
    policies,
    projects,
    roles,
    users,
)
from stacklab.identity.service import Identity

ROUTES = [
    *discovery.ROUTES,
    *auth.ROUTES,
    *domains.ROUTES,
    *projects.ROUTES,
    *users.ROUTES,
    *application_credentials.ROUTES,
    *groups.ROUTES,
    *roles.ROUTES,
    *grants.ROUTES,
    *assignments.ROUTES,
    *catalogue.ROUTES,
    *credentials.ROUTES,
    *policies.ROUTES,
]


def mount(service: Identity) -> Mount:
    """Keystone v3 under /identity."""
    return Mount(PREFIX, service, Table(ROUTES), KEYSTONE, headers=[(b"vary", b"X-Auth-Token")])


__all__ = ["ROUTES", "mount", "policy"]
