"""Leases of the servers of this node. A region node serves these paths alone."""

from stacklab.http.dispatch import Mount
from stacklab.http.faults import KEYSTONE
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route, Table
from stacklab.signup import PREFIX
from stacklab.signup.leases import Leases


def index(service: Leases, request: Request) -> Reply:
    everybody = (request.query.get("all_projects") or "").lower() in ("1", "true")
    return ok({"leases": service.index(request.ctx, everybody)})


def show(service: Leases, request: Request) -> Reply:
    return ok({"lease": service.get(request.ctx, request.path["server_id"])})


def extend(service: Leases, request: Request) -> Reply:
    return ok({"lease": service.extend(request.ctx, request.path["server_id"])})


ROUTES = [
    Route("GET", "/leases", index),
    Route("GET", "/leases/{server_id}", show),
    Route("POST", "/leases/{server_id}/extend", extend),
]


def mount(service: Leases) -> Mount:
    return Mount(PREFIX, service, Table(ROUTES), KEYSTONE)
