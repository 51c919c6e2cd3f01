"""Groups and their members."""

from typing import Any

from stacklab.core.errors import NotFound
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import groups, users
from stacklab.identity.api.collections import collection, conditions, found
from stacklab.identity.api.users import home_domain, refuse_move
from stacklab.identity.model import Group, matching
from stacklab.identity.schemas import people as schema
from stacklab.identity.schemas import take, unwrap
from stacklab.identity.service import Identity
from stacklab.identity.views import people as views


def _one(request: Request, rule: str) -> Group:
    group_id = request.path["group_id"]
    group = groups.find(group_id)
    request.ctx.authorize(rule, domain_id=group.domain_id if group else None)
    return found(group, "group", group_id)


def index(_service: Identity, request: Request) -> Reply:
    caller = request.ctx.caller
    request.ctx.authorize("identity:groups:list", domain_id=request.query.get("domain_id", caller.domain_id))
    listed = matching(Group, *conditions(request, ("name", "domain_id"), (), caller.domain_id))
    return collection(request, "groups", [views.group(g, request.base) for g in listed], [g.id for g in listed])


def show(_service: Identity, request: Request) -> Reply:
    return ok({"group": views.group(_one(request, "identity:groups:show"), request.base)})


def create(_service: Identity, request: Request) -> Reply:
    fields, extra = take(unwrap(request.body, "group"), schema.NewGroup, "group")
    fields.setdefault("domain_id", home_domain(request))
    request.ctx.authorize("identity:groups:write", domain_id=fields["domain_id"])
    fields["description"] = fields.get("description") or ""
    return created({"group": views.group(groups.create(fields, extra), request.base)})


def update(_service: Identity, request: Request) -> Reply:
    group = _one(request, "identity:groups:write")
    fields, extra = take(unwrap(request.body, "group"), schema.GroupFields, "group")
    refuse_move(fields, group.domain_id)
    if "description" in fields:
        fields["description"] = fields["description"] or ""
    return ok({"group": views.group(groups.update(group, fields, extra), request.base)})


def delete(service: Identity, request: Request) -> Reply:
    groups.delete(service, _one(request, "identity:groups:write"))
    return no_content()


def members(service: Identity, request: Request) -> Reply:
    group = _one(request, "identity:groups:show")
    inside = groups.members(group.id)
    return collection(request, "users", [views.user(u, service.settings.identity, request.base) for u in inside])


def _pair(request: Request, rule: str) -> tuple[Group, str]:
    """The group and the id of the user in the path: both in the domain of a domain's own people."""
    group, user = groups.find(request.path["group_id"]), users.find(request.path["user_id"])
    domain_id, user_domain_id = group.domain_id if group else None, user.domain_id if user else None
    request.ctx.authorize(rule, domain_id=domain_id, user_domain_id=user_domain_id)
    return found(group, "group", request.path["group_id"]), found(user, "user", request.path["user_id"]).id


def add(_service: Identity, request: Request) -> Reply:
    groups.add(*_pair(request, "identity:groups:membership"))
    return no_content()


def check(_service: Identity, request: Request) -> Reply:
    group, user_id = _pair(request, "identity:groups:check")
    if not groups.has(group.id, user_id):
        raise NotFound(f"User '{user_id}' not found in group '{group.id}'.")
    return no_content()


def remove(service: Identity, request: Request) -> Reply:
    group, user_id = _pair(request, "identity:groups:membership")
    if not groups.remove(service, group, user_id):
        raise NotFound(f"User '{user_id}' not found in group '{group.id}'.")
    return no_content()


ROUTES = [
    Route("GET", "/v3/groups", index),
    Route("POST", "/v3/groups", create, body=dict[str, Any]),
    Route("GET", "/v3/groups/{group_id}", show),
    Route("PATCH", "/v3/groups/{group_id}", update, body=dict[str, Any]),
    Route("DELETE", "/v3/groups/{group_id}", delete),
    Route("GET", "/v3/groups/{group_id}/users", members),
    Route("PUT", "/v3/groups/{group_id}/users/{user_id}", add),
    Route("GET", "/v3/groups/{group_id}/users/{user_id}", check),
    Route("DELETE", "/v3/groups/{group_id}/users/{user_id}", remove),
]
