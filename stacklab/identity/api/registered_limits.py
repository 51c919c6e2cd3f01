"""Registered limits: the defaults of what services count."""

from typing import Any

import msgspec

from stacklab.core.errors import NotFound
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import registered_limits
from stacklab.identity.api.collections import collection, conditions
from stacklab.identity.catalogue_model import RegisteredLimit
from stacklab.identity.model import matching
from stacklab.identity.schemas.given import given
from stacklab.identity.schemas.limits import NewRegisteredLimits, RegisteredLimitChange
from stacklab.identity.service import Identity
from stacklab.identity.views import limits as views

_READ, _WRITE = "identity:registered_limits:read", "identity:registered_limits:write"
_FILTERS = ("service_id", "region_id", "resource_name")


def _one(request: Request, rule: str) -> RegisteredLimit:
    request.ctx.authorize(rule)
    limit_id = request.path["registered_limit_id"]
    found = registered_limits.find(limit_id)
    if found is None:
        raise NotFound(f"Could not find registered limit for {limit_id}.")
    return found


def _present(request: Request, limit: RegisteredLimit) -> dict[str, Any]:
    return {"registered_limit": views.registered_limit(limit, request.base)}


def index(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    listed = matching(RegisteredLimit, *conditions(request, _FILTERS))
    shown = [views.registered_limit(r, request.base) for r in listed]
    return collection(request, "registered_limits", shown, [r.id for r in listed])


def show(_service: Identity, request: Request) -> Reply:
    return ok(_present(request, _one(request, _READ)))


def create(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    made = registered_limits.create([msgspec.structs.asdict(r) for r in request.body.registered_limits])
    return created({"registered_limits": [views.registered_limit(r, request.base) for r in made]})


def update(_service: Identity, request: Request) -> Reply:
    limit = _one(request, _WRITE)
    return ok(_present(request, registered_limits.update(limit, given(request.body.registered_limit))))


def delete(_service: Identity, request: Request) -> Reply:
    registered_limits.delete(_one(request, _WRITE))
    return no_content()


_PATH = "/v3/registered_limits"
ROUTES = [
    Route("GET", _PATH, index),
    Route("POST", _PATH, create, body=NewRegisteredLimits),
    Route("GET", f"{_PATH}/{{registered_limit_id}}", show),
    Route("PATCH", f"{_PATH}/{{registered_limit_id}}", update, body=RegisteredLimitChange),
    Route("DELETE", f"{_PATH}/{{registered_limit_id}}", delete),
]
