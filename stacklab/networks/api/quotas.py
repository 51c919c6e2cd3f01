"""Quotas: a project's limits, what is used of them, and an admin's changes."""

from msgspec import UNSET, structs

from stacklab.core.db.database import transaction
from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.networks import refusals
from stacklab.networks.quotas import COUNTED, Usage
from stacklab.networks.schemas.networks import Limits
from stacklab.networks.service import Networks
from stacklab.networks.values import flag

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
    body: Limits = request.body.quota
    limits = {name: _limit(name, value) for name, value in _said(body).items()}
    check = flag("check_limit", body.check_limit) and not flag("force", body.force)
    with transaction():
        if check:
            _must_cover(service.quotas.usage(project_id), limits)
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
    """The limits that the body names."""
    return {name: value for name, value in structs.asdict(limits).items() if name in COUNTED and value is not UNSET}


def _must_cover(usage: dict[str, Usage], limits: dict[str, int]) -> None:
    for name, most in limits.items():
        if 0 <= most < usage[name].used:
            words = f"Quota limit {most} for {name} must be greater than or equal to already used {usage[name].used}."
            raise refusals.invalid(words)


def _limit(name: str, value: int | str) -> int:
    try:
        number = int(value)
    except ValueError:
        raise refusals.bad_value(name, value, "is not an integer") from None
    if not -1 <= number <= _HIGHEST:
        raise refusals.bad_value(name, value, f"is not in the range -1 to {_HIGHEST}")
    return number
