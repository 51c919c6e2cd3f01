"""Networks and subnets: everyone reads, an admin renames, nobody makes or deletes one yet."""

from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.networks import listings, networks
from stacklab.networks.api import common
from stacklab.networks.model import Network, Subnet
from stacklab.networks.schemas.networks import Described
from stacklab.networks.service import Networks
from stacklab.networks.values import given
from stacklab.networks.views import networks as views


def index(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:networks:show")
    return common.index(request, listings.NETWORKS, Network, lambda rows: views.networks(request.ctx, rows), "networks")


def show(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:networks:show")
    found = networks.find(request.ctx, request.path["id"])
    return common.show(request, views.networks(request.ctx, [found])[0], "network")


def update(_service: Networks, request: Request) -> Reply:
    changes = _described(request.body.network)
    changed = networks.update(request.ctx, request.path["id"], changes)
    return ok({"network": views.networks(request.ctx, [changed])[0]})


def delete(_service: Networks, request: Request) -> Reply:
    networks.find(request.ctx, request.path["id"])
    return common.refuse("delete_network")(_service, request)


def index_subnets(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:subnets:show")
    return common.index(request, listings.SUBNETS, Subnet, views.subnets, "subnets")


def show_subnet(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:subnets:show")
    return common.show(request, views.subnets([networks.find_subnet(request.ctx, request.path["id"])])[0], "subnet")


def update_subnet(_service: Networks, request: Request) -> Reply:
    changes = _described(request.body.subnet)
    changed = networks.update_subnet(request.ctx, request.path["id"], changes)
    return ok({"subnet": views.subnets([changed])[0]})


def delete_subnet(_service: Networks, request: Request) -> Reply:
    networks.find_subnet(request.ctx, request.path["id"])
    return common.refuse("delete_subnet")(_service, request)


def _described(body: Described) -> dict[str, str]:
    return given(name=body.name, description=body.description)
