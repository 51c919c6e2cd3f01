"""The contents page of compute: every path, verb and function."""

from stacklab.compute import PREFIX
from stacklab.compute.api import (
    about,
    flavors,
    groups,
    hosts,
    instance_actions,
    interfaces,
    keypairs,
    older,
    quotas,
    security_groups,
    server_actions,
    server_parts,
    servers,
    usage,
)
from stacklab.compute.service import Compute
from stacklab.compute.versions import NEGOTIATION
from stacklab.http.dispatch import Mount
from stacklab.http.faults import NOVA
from stacklab.http.routes import Route, Table

ROUTES: list[Route] = [
    *about.ROUTES,
    *servers.ROUTES,
    *server_actions.ROUTES,
    *server_parts.ROUTES,
    *security_groups.ROUTES,
    *interfaces.ROUTES,
    *instance_actions.ROUTES,
    *flavors.ROUTES,
    *keypairs.ROUTES,
    *groups.ROUTES,
    *quotas.ROUTES,
    *hosts.ROUTES,
    *usage.ROUTES,
]


def mount(service: Compute) -> Mount:
    table = Table([*ROUTES, *older.twins(ROUTES)])
    return Mount(PREFIX, service, table, NOVA, NEGOTIATION, older_request_id=b"x-compute-request-id")
