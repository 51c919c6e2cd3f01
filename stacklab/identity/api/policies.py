"""Policy documents, kept as they are given; and trusts, of which there are none yet."""

from typing import Any

from stacklab.core import ids
from stacklab.core.db.database import durable
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity.api.collections import collection, conditions, found
from stacklab.identity.api.credentials import save
from stacklab.identity.model import Policy, matching
from stacklab.identity.schemas import catalogue as schema
from stacklab.identity.schemas import take, unwrap
from stacklab.identity.service import Identity
from stacklab.identity.views import catalogue as views


def _policy(request: Request, rule: str) -> Policy:
    request.ctx.authorize(rule)
    policy: Policy | None = Policy.get_or_none(Policy.id == request.path["policy_id"])
    return found(policy, "policy", request.path["policy_id"])


def list_policies(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:policies:read")
    listed = matching(Policy, *conditions(request, ("type",)))
    return collection(request, "policies", [views.policy(p, request.base) for p in listed], [p.id for p in listed])


def show_policy(_service: Identity, request: Request) -> Reply:
    return ok({"policy": views.policy(_policy(request, "identity:policies:read"), request.base)})


def create_policy(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:policies:write")
    fields, extra = take(unwrap(request.body, "policy"), schema.NewPolicy, "policy")
    with durable():
        made = Policy.create(id=ids.new_hex(), extra=extra, **fields)
    return created({"policy": views.policy(made, request.base)})


def update_policy(_service: Identity, request: Request) -> Reply:
    policy = _policy(request, "identity:policies:write")
    fields, extra = take(unwrap(request.body, "policy"), schema.PolicyFields, "policy")
    save(policy, fields, extra)
    return ok({"policy": views.policy(policy, request.base)})


def delete_policy(_service: Identity, request: Request) -> Reply:
    policy = _policy(request, "identity:policies:write")
    with durable():
        policy.delete_instance()
    return no_content()


def list_trusts(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:trusts:list")
    return collection(request, "trusts", [])


ROUTES = [
    Route("GET", "/v3/policies", list_policies),
    Route("POST", "/v3/policies", create_policy, body=dict[str, Any]),
    Route("GET", "/v3/policies/{policy_id}", show_policy),
    Route("PATCH", "/v3/policies/{policy_id}", update_policy, body=dict[str, Any]),
    Route("DELETE", "/v3/policies/{policy_id}", delete_policy),
    Route("GET", "/v3/OS-TRUST/trusts", list_trusts),
]
