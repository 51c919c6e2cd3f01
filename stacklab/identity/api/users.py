"""Users: list, show, create, update, delete; their password, projects and groups."""

from typing import Any

from stacklab.core.db.database import rows
from stacklab.core.errors import BadRequest
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import groups, projects, users
from stacklab.identity.api.collections import collection, conditions, found
from stacklab.identity.model import User
from stacklab.identity.schemas import people as schema
from stacklab.identity.schemas import take, unwrap
from stacklab.identity.service import Identity
from stacklab.identity.views import people as views
from stacklab.identity.views import projects as project_views

_LIST = "SELECT id, domain_id, name, enabled, default_project_id, options, extra FROM identity_users WHERE "


def _one(request: Request, rule: str) -> User:
    """The user in the path. Who may not know gets 403 whether it exists or not, as Keystone answers."""
    user_id = request.path["user_id"]
    user = users.find(user_id)
    request.ctx.authorize(rule, user_id=user_id, domain_id=user.domain_id if user else None)
    return found(user, "user", user_id)


def index(_service: Identity, request: Request) -> Reply:
    caller = request.ctx.caller
    request.ctx.authorize("identity:users:list", domain_id=request.query.get("domain_id", caller.domain_id))
    where, params = conditions(request, ("name", "domain_id"), ("enabled",), caller.domain_id)
    listed = rows(_LIST + where, tuple(params))
    return collection(request, "users", [views.user_row(r, request.base) for r in listed], [r[0] for r in listed])


def show(_service: Identity, request: Request) -> Reply:
    return ok({"user": views.user(_one(request, "identity:users:show"), request.base)})


def create(service: Identity, request: Request) -> Reply:
    fields, extra = take(unwrap(request.body, "user"), schema.NewUser, "user")
    fields.setdefault("domain_id", home_domain(request))
    request.ctx.authorize("identity:users:write", domain_id=fields["domain_id"])
    password = fields.pop("password", None)
    user = users.create(service, fields, password, extra)
    return created({"user": views.user(user, request.base)})


def home_domain(request: Request) -> str:
    """The domain of who asks: where things go that name none."""
    caller = request.ctx.caller
    return caller.domain_id or caller.project_domain_id or projects.DEFAULT


def update(service: Identity, request: Request) -> Reply:
    user = _one(request, "identity:users:write")
    fields, extra = take(unwrap(request.body, "user"), schema.UserFields, "user")
    refuse_move(fields, user.domain_id)
    changed = users.update(service, user, fields, extra)
    return ok({"user": views.user(changed, request.base)})


def refuse_move(fields: dict[str, Any], domain_id: str) -> None:
    """A resource stays in its domain. Raises BadRequest."""
    if fields.pop("domain_id", domain_id) != domain_id:
        raise BadRequest("Invalid input for field 'domain_id': it cannot be changed.")


def delete(service: Identity, request: Request) -> Reply:
    users.delete(service, _one(request, "identity:users:write"))
    return no_content()


def change_password(service: Identity, request: Request) -> Reply:
    given = request.body.user
    user_id = request.path["user_id"]
    with service.throttle.attempt(request.address, [user_id]):
        users.change_password(service, user_id, given.original_password, given.password)
    return no_content()


def list_projects(_service: Identity, request: Request) -> Reply:
    user = _one(request, "identity:users:show")
    listed = projects.entered_by(user.id, "project")
    tags = projects.tags([p.id for p in listed])
    return collection(request, "projects", [project_views.project(p, request.base, tags[p.id]) for p in listed])


def list_groups(_service: Identity, request: Request) -> Reply:
    user = _one(request, "identity:users:show")
    return collection(request, "groups", [views.group(g, request.base) for g in groups.of(user.id)])


ROUTES = [
    Route("GET", "/v3/users", index),
    Route("POST", "/v3/users", create, body=dict[str, Any], hashes=True),
    Route("GET", "/v3/users/{user_id}", show),
    Route("PATCH", "/v3/users/{user_id}", update, body=dict[str, Any], hashes=True),
    Route("DELETE", "/v3/users/{user_id}", delete),
    Route("POST", "/v3/users/{user_id}/password", change_password, body=schema.PasswordBody, public=True, hashes=True),
    Route("GET", "/v3/users/{user_id}/projects", list_projects),
    Route("GET", "/v3/users/{user_id}/groups", list_groups),
]
