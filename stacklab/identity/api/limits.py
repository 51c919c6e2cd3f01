"""Limits of projects and domains, and the model by which they bear on each other."""

from typing import Any

import msgspec

from stacklab.core.errors import NotFound
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import limits
from stacklab.identity.api.collections import collection, conditions
from stacklab.identity.catalogue_model import Limit
from stacklab.identity.limit_models import MODELS
from stacklab.identity.model import matching
from stacklab.identity.schemas.given import given
from stacklab.identity.schemas.limits import LimitChange, NewLimits
from stacklab.identity.service import Identity
from stacklab.identity.views import limits as views

_WRITE = "identity:limits:write"
_FILTERS = ("service_id", "region_id", "resource_name", "project_id", "domain_id")


def _one(request: Request, rule: str) -> Limit:
    """Whose limit it is says who may see it; one that is not there is nobody's."""
    limit_id = request.path["limit_id"]
    limit = limits.find(limit_id)
    owner = {"project_id": limit.project_id, "domain_id": limits.domain_of(limit)} if limit else {}
    request.ctx.authorize(rule, **owner)
    if limit is None:
        raise NotFound(f"Could not find limit for {limit_id}.")
    return limit


def index(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:limits:list")
    mine, owners = limits.visible(request.ctx.caller)
    where, params = conditions(request, _FILTERS)
    listed = matching(Limit, f"{mine} AND {where}", owners + params)
    return collection(request, "limits", [views.limit(x, request.base) for x in listed], [x.id for x in listed])


def model(service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:limits:model")
    return ok({"model": msgspec.to_builtins(MODELS[service.settings.identity.limit_model])})


def _present(request: Request, limit: Limit) -> dict[str, Any]:
    return {"limit": views.limit(limit, request.base)}


def show(_service: Identity, request: Request) -> Reply:
    return ok(_present(request, _one(request, "identity:limits:show")))


def create(service: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    made = limits.create(service, [given(limit) for limit in request.body.limits])
    return created({"limits": [views.limit(x, request.base) for x in made]})


def update(service: Identity, request: Request) -> Reply:
    limit = _one(request, _WRITE)
    return ok(_present(request, limits.update(service, limit, given(request.body.limit))))


def delete(_service: Identity, request: Request) -> Reply:
    limits.delete(_one(request, _WRITE))
    return no_content()


_PATH = "/v3/limits"
ROUTES = [
    Route("GET", _PATH, index),
    Route("POST", _PATH, create, body=NewLimits),
    Route("GET", f"{_PATH}/model", model),
    Route("GET", f"{_PATH}/{{limit_id}}", show),
    Route("PATCH", f"{_PATH}/{{limit_id}}", update, body=LimitChange),
    Route("DELETE", f"{_PATH}/{{limit_id}}", delete),
]
