"""Networks and subnets: everyone reads, an admin renames, nobody makes or deletes one yet."""

from typing import Any

import msgspec
from msgspec import UNSET, structs

from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.networks import listings, networks, refusals
from stacklab.networks.api import common
from stacklab.networks.model import Network, Subnet
from stacklab.networks.schemas.networks import NetworkChanges, SubnetChanges
from stacklab.networks.service import Networks
from stacklab.networks.values import address, given
from stacklab.networks.views import networks as views


def index(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:networks:show")
    return common.index(request, listings.NETWORKS, Network, lambda rows: views.networks(request.ctx, rows), "networks")


def show(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:networks:show")
    found = networks.find(request.ctx, request.path["id"])
    return common.show(request, views.networks(request.ctx, [found])[0], "network")


def update(_service: Networks, request: Request) -> Reply:
    body: NetworkChanges = request.body.network
    found = networks.find(request.ctx, request.path["id"])
    request.ctx.authorize("network:networks:update", project_id=found.project_id)
    _unchanged(body, views.networks(request.ctx, [found])[0])
    changed = networks.update(request.ctx, found.id, given(name=body.name, description=body.description))
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
    body: SubnetChanges = request.body.subnet
    found = networks.find_subnet(request.ctx, request.path["id"])
    request.ctx.authorize("network:subnets:update", project_id=found.project_id)
    _unchanged(body, views.subnets([found])[0])
    changes = given(name=body.name, description=body.description)
    if body.dns_nameservers is not UNSET:
        servers = [address("dns_nameservers", each) for each in body.dns_nameservers or []]
        changes["dns"] = msgspec.json.encode(servers).decode()
    changed = networks.update_subnet(request.ctx, found.id, changes)
    return ok({"subnet": views.subnets([changed])[0]})


def delete_subnet(_service: Networks, request: Request) -> Reply:
    networks.find_subnet(request.ctx, request.path["id"])
    return common.refuse("delete_subnet")(_service, request)


def _unchanged(body: NetworkChanges | SubnetChanges, view: dict[str, Any]) -> None:
    """Refuse to change what follows from the node's settings; a client may send it back as it is."""
    own = ("name", "description", "dns_nameservers")
    for name, value in structs.asdict(body).items():
        wire = "router:external" if name == "external" else name
        if name not in own and value is not UNSET and value != view[wire]:
            raise refusals.forbidden(f"Policy doesn't allow {wire} to be changed: it follows from the node's settings.")
