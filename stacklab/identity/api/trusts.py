"""Trusts (OS-TRUST): made by the trustor, seen by both, deleted by the trustor or an admin."""

from typing import Any

from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import trusts
from stacklab.identity.api.collections import collection, conditions, found
from stacklab.identity.delegation import denied, lent
from stacklab.identity.model import Role, matching
from stacklab.identity.model_delegation import Trust
from stacklab.identity.schemas import take, unwrap
from stacklab.identity.schemas.delegation import NewTrust
from stacklab.identity.service import Identity
from stacklab.identity.views import delegation as views
from stacklab.identity.views.roles import role as role_view

_OURS = ("deleted_at", "roles_links")  # said by us, so not kept when a client says it


def _require_own(request: Request) -> None:
    if lent(request.ctx.caller):
        raise denied("Delegated tokens cannot manage trusts.")


def _one(request: Request, rule: str) -> Trust:
    """Keystone answers 404 before it asks who is calling."""
    trust = trusts.get(request.path["trust_id"])
    request.ctx.authorize(rule, trustor_user_id=trust.trustor_user_id, trustee_user_id=trust.trustee_user_id)
    _require_own(request)
    return trust


def _roles(trust: Trust) -> list[Role]:
    return list(Role.select().where(Role.id.in_(trust.role_ids)).order_by(Role.id)) if trust.role_ids else []


def index(_service: Identity, request: Request) -> Reply:
    trustor, trustee = request.query.get("trustor_user_id"), request.query.get("trustee_user_id")
    if trustor:
        request.ctx.authorize("identity:trusts:list_for_trustor", trustor_user_id=trustor)
    elif trustee:
        request.ctx.authorize("identity:trusts:list_for_trustee", trustee_user_id=trustee)
    else:
        request.ctx.authorize("identity:trusts:list")
    _require_own(request)
    listed = matching(Trust, *conditions(request, ("trustor_user_id", "trustee_user_id")))
    return collection(request, "trusts", [views.trust(t, request.base) for t in listed], [t.id for t in listed])


def create(service: Identity, request: Request) -> Reply:
    given = unwrap(request.body, "trust")
    fields, extra = take(given, NewTrust, "trust")
    asked = NewTrust(**fields)
    request.ctx.authorize("identity:trusts:create", trustor_user_id=asked.trustor_user_id)
    made = trusts.create(service, request.ctx.caller, asked, {k: v for k, v in extra.items() if k not in _OURS})
    return created({"trust": views.whole_trust(made, _roles(made), request.base)})


def show(_service: Identity, request: Request) -> Reply:
    trust = _one(request, "identity:trusts:show")
    return ok({"trust": views.whole_trust(trust, _roles(trust), request.base)})


def delete(service: Identity, request: Request) -> Reply:
    trusts.delete(service, _one(request, "identity:trusts:delete"))
    return no_content()


def roles(_service: Identity, request: Request) -> Reply:
    trust = _one(request, "identity:trusts:show")
    shown = [role_view(r, request.base) for r in _roles(trust)]
    return ok({"roles": shown, "links": views.roles_links(trust, request.base)})


def role(_service: Identity, request: Request) -> Reply:
    trust, role_id = _one(request, "identity:trusts:show"), request.path["role_id"]
    one = next((r for r in _roles(trust) if r.id == role_id), None)
    return ok({"role": role_view(found(one, "role", role_id), request.base)})


_PATH = "/v3/OS-TRUST/trusts"
ROUTES = [
    Route("GET", _PATH, index),
    Route("POST", _PATH, create, body=dict[str, Any]),
    Route("GET", f"{_PATH}/{{trust_id}}", show),
    Route("DELETE", f"{_PATH}/{{trust_id}}", delete),
    Route("GET", f"{_PATH}/{{trust_id}}/roles", roles),
    Route("GET", f"{_PATH}/{{trust_id}}/roles/{{role_id}}", role),
]
