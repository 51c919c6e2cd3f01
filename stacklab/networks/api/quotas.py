"""Quotas: a project's limits, what is used of them, and an admin's changes."""

from msgspec import structs

from stacklab.core.db.database import transaction
from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.networks import refusals
from stacklab.networks.schemas.networks import Limits
from stacklab.networks.service import Networks

_HIGHEST = 2147483647  # Neutron's limit of a limit


def index(service: Networks, request: Request) -> Reply:
    """Of the projects whose quota is not the default."""
    request.ctx.authorize("network:quotas:list")
    listed = service.quotas.changed()
    return ok({"quotas": [{**limits, "tenant_id": p, "project_id": p} for p, limits in listed.items()]})


def tenant(_service: Networks, request: Request) -> Reply:
    """Old clients ask whose quota they would see."""
    return ok({"tenant": {"tenant_id": request.ctx.project_id}})


def show(service: Networks, request: Request) -> Reply:
    project_id = request.path["project_id"]
    request.ctx.authorize("network:quotas:show", project_id=project_id)
    return ok({"quota": service.quotas.limits(project_id)})


def default(service: Networks, request: Request) -> Reply:
    request.ctx.authorize("network:quotas:show", project_id=request.path["project_id"])
    return ok({"quota": service.quotas.defaults})


def details(service: Networks, request: Request) -> Reply:
    project_id = request.path["project_id"]
    request.ctx.authorize("network:quotas:show", project_id=project_id)
    usage = service.quotas.usage(project_id)
    return ok({"quota": {k: {"limit": u.limit, "used": u.used, "reserved": 0} for k, u in usage.items()}})


def update(service: Networks, request: Request) -> Reply:
    project_id = request.path["project_id"]
    request.ctx.authorize("network:quotas:update", project_id=project_id)
    limits = {name: _limit(name, value) for name, value in _said(request.body.quota).items()}
    with transaction():
        service.quotas.put(project_id, limits)
    return ok({"quota": service.quotas.limits(project_id)})


def reset(service: Networks, request: Request) -> Reply:
    project_id = request.path["project_id"]
    request.ctx.authorize("network:quotas:update", project_id=project_id)
    with transaction():
        if not service.quotas.reset(project_id):
            raise refusals.no_quota(project_id)
    return no_content()


def _said(limits: Limits) -> dict[str, int | str]:
    return {name: value for name, value in structs.asdict(limits).items() if isinstance(value, int | str)}


def _limit(name: str, value: int | str) -> int:
    try:
        number = int(value)
    except ValueError:
        raise refusals.bad_value(name, value, "is not an integer") from None
    if not -1 <= number <= _HIGHEST:
        raise refusals.bad_value(name, value, f"is not in the range -1 to {_HIGHEST}")
    return number
