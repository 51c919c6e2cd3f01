"""Every path of identity, and the mount that serves them."""

from stacklab.http.dispatch import Mount
from stacklab.http.faults import KEYSTONE
from stacklab.http.routes import Table
from stacklab.identity import PREFIX, policy
from stacklab.identity.api import auth, discovery
from stacklab.identity.service import Identity

ROUTES = [*discovery.ROUTES, *auth.ROUTES]


def mount(service: Identity) -> Mount:
    """Keystone v3 under /identity."""
    return Mount(PREFIX, service, Table(ROUTES), KEYSTONE, headers=[(b"vary", b"X-Auth-Token")])


__all__ = ["ROUTES", "mount", "policy"]
