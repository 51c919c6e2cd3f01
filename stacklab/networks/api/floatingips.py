"""Floating IPs: list, show, create, update (associate, take off), delete."""

from msgspec import UNSET

from stacklab.core.db.database import transaction
from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.networks import floatingips, listings, refusals
from stacklab.networks.api import common
from stacklab.networks.floatingips import FloatingWish
from stacklab.networks.model import FloatingIp
from stacklab.networks.schemas import one_or_many
from stacklab.networks.schemas.floatingips import NewFloating
from stacklab.networks.service import Networks
from stacklab.networks.values import address, owner
from stacklab.networks.views import floatingips as views


def index(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:floatingips:show")
    return common.index(request, listings.FLOATING_IPS, FloatingIp, views.floating_ips, "floatingips")


def show(_service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:floatingips:show")
    found = floatingips.find(request.ctx, request.path["id"])
    return common.show(request, views.floating_ips([found])[0], "floatingip")


def create(service: Networks, request: Request) -> Reply:
    wanted, bulk = one_or_many("floatingip", request.body.floatingip, request.body.floatingips)
    wishes = [_wish(request, each) for each in wanted]
    made = common.all_or_nothing(
        lambda wish: floatingips.create(request.ctx, service.bus, service.quotas, wish), wishes
    )
    return common.create("floatingip", "floatingips", views.floating_ips(made), bulk=bulk)


def _wish(request: Request, body: NewFloating) -> FloatingWish:
    project_id = owner(request.ctx, body.project_id, body.tenant_id)
    if body.floating_ip_address:
        request.ctx.authorize("network:floatingips:create:floating_ip_address", project_id=project_id)
    if body.fixed_ip_address and not body.port_id:
        words = "Bad floatingip request: fixed_ip_address cannot be specified without a port_id."
        raise refusals.invalid(words, "BadRequest")
    return FloatingWish(
        network_id=body.floating_network_id,
        project_id=project_id,
        description=body.description or "",
        address=address("floating_ip_address", body.floating_ip_address) if body.floating_ip_address else None,
        subnet_id=body.subnet_id or None,
        port_id=body.port_id or None,
        fixed_ip=body.fixed_ip_address or None,
    )


def update(service: Networks, request: Request) -> Reply:
    body = request.body.floatingip
    fixed = None if body.fixed_ip_address is UNSET else body.fixed_ip_address or None
    with transaction():
        found = floatingips.find(request.ctx, request.path["id"])
        request.ctx.authorize("network:floatingips:update", project_id=found.project_id)
        if body.description is not UNSET:
            found = floatingips.describe(found, body.description or "")
        if body.port_id is UNSET and fixed is not None:
            if found.port_id is None:
                words = "Bad floatingip request: fixed_ip_address cannot be specified without a port_id."
                raise refusals.invalid(words, "BadRequest")
            found = floatingips.associate(request.ctx, service.bus, found, found.port_id, fixed)
        elif body.port_id is not UNSET:
            found = (
                floatingips.associate(request.ctx, service.bus, found, body.port_id, fixed)
                if body.port_id
                else floatingips.disassociate(service.bus, found)
            )
    return ok({"floatingip": views.floating_ips([found])[0]})


def delete(service: Networks, request: Request) -> Reply:
    floatingips.delete(request.ctx, service.bus, request.path["id"])
    return no_content()
