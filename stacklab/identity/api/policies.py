"""Policy documents, kept as they are given."""

from typing import Any

from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import policies
from stacklab.identity.api.collections import collection, conditions, found
from stacklab.identity.model import Policy, matching
from stacklab.identity.schemas import catalogue as schema
from stacklab.identity.schemas import changes, take, unwrap
from stacklab.identity.service import Identity
from stacklab.identity.views import catalogue as views

_READ, _WRITE = "identity:policies:read", "identity:policies:write"


def _one(request: Request, rule: str) -> Policy:
    request.ctx.authorize(rule)
    return found(policies.find(request.path["policy_id"]), "policy", request.path["policy_id"])


def index(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    listed = matching(Policy, *conditions(request, ("type",)))
    return collection(request, "policies", [views.policy(p, request.base) for p in listed], [p.id for p in listed])


def show(_service: Identity, request: Request) -> Reply:
    return ok({"policy": views.policy(_one(request, _READ), request.base)})


def create(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    fields, extra = take(unwrap(request.body, "policy"), schema.NewPolicy, "policy")
    return created({"policy": views.policy(policies.create(fields, extra), request.base)})


def update(_service: Identity, request: Request) -> Reply:
    policy = _one(request, _WRITE)
    fields, extra = take(changes(request.body, "policy", policy.id), schema.PolicyFields, "policy")
    return ok({"policy": views.policy(policies.update(policy, fields, extra), request.base)})


def delete(_service: Identity, request: Request) -> Reply:
    policies.delete(_one(request, _WRITE))
    return no_content()


ROUTES = [
    Route("GET", "/v3/policies", index),
    Route("POST", "/v3/policies", create, body=dict[str, Any]),
    Route("GET", "/v3/policies/{policy_id}", show),
    Route("PATCH", "/v3/policies/{policy_id}", update, body=dict[str, Any]),
    Route("DELETE", "/v3/policies/{policy_id}", delete),
]
