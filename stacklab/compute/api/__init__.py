"""The contents page of compute: every path, verb and function."""

from stacklab.compute import PREFIX
from stacklab.compute.api import server_actions, servers
from stacklab.compute.service import Compute
from stacklab.compute.versions import NEGOTIATION
from stacklab.http.dispatch import Mount
from stacklab.http.faults import NOVA
from stacklab.http.routes import Route, Table

ROUTES: list[Route] = [
    *servers.ROUTES,
    *server_actions.ROUTES,
]


def mount(service: Compute) -> Mount:
    return Mount(PREFIX, service, Table(ROUTES), NOVA, NEGOTIATION)
