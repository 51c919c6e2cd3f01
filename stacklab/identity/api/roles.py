"""Roles and implied roles."""

from typing import Any

from stacklab.core.errors import NotFound
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import roles
from stacklab.identity.api.collections import collection, conditions, found
from stacklab.identity.model import Role, matching
from stacklab.identity.schemas import roles as schema
from stacklab.identity.schemas import take, unwrap
from stacklab.identity.service import Identity
from stacklab.identity.views import roles as views


def _one(request: Request, rule: str, parameter: str = "role_id") -> Role:
    """Raises Forbidden first: who may not know learns nothing. The roles of a domain have a rule of their own."""
    role = roles.find(request.path[parameter])
    if role and role.domain_id and rule == "identity:roles:show":
        rule = "identity:roles:of_domain"
    request.ctx.authorize(rule, role_name=role.name if role else None)
    return found(role, "role", request.path[parameter])


def index(_service: Identity, request: Request) -> Reply:
    of_domain = bool(request.query.get("domain_id"))
    request.ctx.authorize("identity:roles:of_domain" if of_domain else "identity:roles:list")
    where, params = conditions(request, ("name", "domain_id") if of_domain else ("name",))
    if not of_domain:
        where = f"domain_id = '' AND {where}"  # Keystone lists the roles of a domain only when asked for them
    listed = matching(Role, where, params)
    return collection(request, "roles", [views.role(r, request.base) for r in listed], [r.id for r in listed])


def show(_service: Identity, request: Request) -> Reply:
    return ok({"role": views.role(_one(request, "identity:roles:show"), request.base)})


def create(service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:roles:write")
    fields, extra = take(unwrap(request.body, "role"), schema.NewRole, "role")
    fields["domain_id"] = fields.get("domain_id") or ""
    return created({"role": views.role(roles.create(service, fields, extra), request.base)})


def update(service: Identity, request: Request) -> Reply:
    role = _one(request, "identity:roles:write")
    fields, extra = take(unwrap(request.body, "role"), schema.RoleFields, "role")
    return ok({"role": views.role(roles.update(service, role, fields, extra), request.base)})


def delete(service: Identity, request: Request) -> Reply:
    roles.delete(service, _one(request, "identity:roles:write"))
    return no_content()


def inferences(service: Identity, request: Request) -> Reply:
    """Every implication, by prior role."""
    request.ctx.authorize("identity:roles:implied")
    names, by_prior = service.rolebook.names(), dict[str, list[str]]()
    for pair in roles.implications():
        by_prior.setdefault(pair.prior_id, []).append(pair.implied_id)
    shown = [_inference(prior, implied, names, request) for prior, implied in by_prior.items()]
    return ok({"role_inferences": shown, "links": _links(request)})


def _inference(prior_id: str, implied: list[str], names: dict[str, str], request: Request) -> dict[str, Any]:
    brief = [views.brief(role_id, names[role_id], request.base) for role_id in implied]
    return {"prior_role": views.brief(prior_id, names[prior_id], request.base), "implies": brief}


def _links(request: Request) -> dict[str, str | None]:
    return {"next": None, "previous": None, "self": request.url}


def list_implied(service: Identity, request: Request) -> Reply:
    prior = _one(request, "identity:roles:implied")
    implied = [pair.implied_id for pair in roles.implications(prior.id)]
    shown = _inference(prior.id, implied, service.rolebook.names(), request)
    return ok({"role_inference": shown, "links": _links(request)})


def _pair(request: Request, rule: str) -> tuple[Role, Role]:
    return _one(request, rule), _one(request, rule, "implied_role_id")


def _single(service: Identity, request: Request, prior: Role, implied: Role) -> dict[str, Any]:
    inference = _inference(prior.id, [implied.id], service.rolebook.names(), request)
    inference["implies"] = inference["implies"][0]
    return {"role_inference": inference, "links": _links(request)}


def show_implied(service: Identity, request: Request) -> Reply:
    return ok(_single(service, request, *_existing(request)))


def check_implied(_service: Identity, request: Request) -> Reply:
    _existing(request)
    return no_content()


def _existing(request: Request) -> tuple[Role, Role]:
    prior, implied = _pair(request, "identity:roles:implied")
    if implied.id not in [pair.implied_id for pair in roles.implications(prior.id)]:
        raise NotFound(f"{prior.id} does not imply {implied.id}.")
    return prior, implied


def imply(service: Identity, request: Request) -> Reply:
    prior, implied = _pair(request, "identity:roles:write")
    roles.imply(service, prior, implied)
    return created(_single(service, request, prior, implied))


def separate(service: Identity, request: Request) -> Reply:
    prior, implied = _pair(request, "identity:roles:write")
    if not roles.separate(service, prior.id, implied.id):
        raise NotFound(f"{prior.id} does not imply {implied.id}.")
    return no_content()


ROUTES = [
    Route("GET", "/v3/roles", index),
    Route("POST", "/v3/roles", create, body=dict[str, Any]),
    Route("GET", "/v3/roles/{role_id}", show),
    Route("PATCH", "/v3/roles/{role_id}", update, body=dict[str, Any]),
    Route("DELETE", "/v3/roles/{role_id}", delete),
    Route("GET", "/v3/role_inferences", inferences),
    Route("GET", "/v3/roles/{role_id}/implies", list_implied),
    Route("GET", "/v3/roles/{role_id}/implies/{implied_role_id}", show_implied),
    Route("HEAD", "/v3/roles/{role_id}/implies/{implied_role_id}", check_implied),
    Route("PUT", "/v3/roles/{role_id}/implies/{implied_role_id}", imply),
    Route("DELETE", "/v3/roles/{role_id}/implies/{implied_role_id}", separate),
]
