"""Users: list, show, create, update, delete; their password, projects and groups."""

import re
from typing import Any

import msgspec

from stacklab.core import clock
from stacklab.core.db.database import rows
from stacklab.core.errors import BadRequest, NotFound
from stacklab.http import schema as checks
from stacklab.http.faults import KEYSTONE
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import groups, projects, users
from stacklab.identity.api.collections import collection, conditions, found, truth
from stacklab.identity.model import User
from stacklab.identity.schemas import people as schema
from stacklab.identity.schemas import take, unwrap
from stacklab.identity.service import Identity
from stacklab.identity.views import people as views
from stacklab.identity.views import projects as project_views

_LIST = f"SELECT {views.COLUMNS} FROM identity_users WHERE "  # noqa: S608 - names of columns
_COMPARED = {"eq": "=", "neq": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_MOMENTS = 32  # in one request
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def _one(request: Request, rule: str) -> User:
    """The user in the path. Who may not know gets 403 whether it exists or not, as Keystone answers."""
    user_id = request.path["user_id"]
    user = users.find(user_id)
    request.ctx.authorize(rule, user_id=user_id, domain_id=user.domain_id if user else None)
    return found(user, "user", user_id)


def index(service: Identity, request: Request) -> Reply:
    caller = request.ctx.caller
    request.ctx.authorize("identity:users:list", domain_id=request.query.get("domain_id", caller.domain_id))
    checks.convert(dict(request.query.pairs), schema.UserQuery, KEYSTONE)
    expiring, moments = _expiring(request)
    where, params = conditions(request, ("name", "domain_id"), ("enabled",), caller.domain_id)
    listed = rows(_LIST + expiring + where, (*moments, *params))
    if not listed:
        _require_marker(request)
    shown = views.user_rows(listed, service.settings.identity, request.base)
    return collection(request, "users", shown, [r[0] for r in listed])


def _expiring(request: Request) -> tuple[str, list[int]]:
    """SQL for `password_expires_at=lt:2026-11-23T18:00:00Z`; a user whose password never expires fits nothing."""
    clauses, moments = "", []
    asked = request.query.all("password_expires_at")
    if len(asked) > _MOMENTS:
        raise BadRequest(f"At most {_MOMENTS} filters by password_expires_at can be given.")
    for given in asked:
        word, _, text = ("eq", "", given) if _MOMENT.fullmatch(given) else given.partition(":")
        if word not in _COMPARED:
            known = "'eq', 'neq', 'lt', 'lte', 'gt', or 'gte'"
            raise BadRequest(f"The given operator {word} is not valid. It must be one of the following: {known}.")
        clauses += f"password_expires_at {_COMPARED[word]} ? AND "
        moments.append(_moment(text))
    return clauses, moments


def _moment(text: str) -> int:
    try:
        if _MOMENT.fullmatch(text):
            return clock.parse(text)
    except ValueError:  # the 31st of February
        pass
    raise BadRequest(
        "Timestamp not in expected format. The server could not comply with the request since it is either malformed "
        "or otherwise incorrect. The client is assumed to be in error."
    )


def _require_marker(request: Request) -> None:
    """Where nothing follows the marker, it may be because there is no such user."""
    marker = request.query.get("marker")
    if marker is not None and users.find(marker) is None:
        raise NotFound(f"Marker {marker} could not be found.")


def show(service: Identity, request: Request) -> Reply:
    user = _one(request, "identity:users:show")
    return ok({"user": views.user(user, service.settings.identity, request.base)})


def create(service: Identity, request: Request) -> Reply:
    fields, extra = _fields(request, schema.NewUser)
    fields.setdefault("domain_id", home_domain(request))
    request.ctx.authorize("identity:users:write", domain_id=fields["domain_id"])
    password = fields.pop("password", None)
    user = users.create(service, fields, password, extra)
    return created({"user": views.user(user, service.settings.identity, request.base)})


def _fields(request: Request, kind: type[msgspec.Struct]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is stored in columns, and what Keystone keeps beside them and shows again."""
    fields, extra = take(unwrap(request.body, "user"), kind, "user")
    if "name" in fields:
        fields["name"] = fields["name"].strip()
    if "options" in fields:
        fields["options"] = msgspec.to_builtins(fields["options"])
    if "description" in fields:
        extra["description"] = fields.pop("description")
    return fields, extra


def home_domain(request: Request) -> str:
    """The domain of who asks: where things go that name none."""
    caller = request.ctx.caller
    return caller.domain_id or caller.project_domain_id or projects.DEFAULT


def update(service: Identity, request: Request) -> Reply:
    user = _one(request, "identity:users:write")
    fields, extra = _fields(request, schema.UserFields)
    refuse_move(fields, user.domain_id)
    if request.body["user"].get("id", user.id) != user.id:
        raise BadRequest("Cannot change ID")
    changed = users.update(service, user, fields, extra)
    return ok({"user": views.user(changed, service.settings.identity, request.base)})


def refuse_move(fields: dict[str, Any], domain_id: str) -> None:
    """A resource stays in its domain. Raises BadRequest."""
    if fields.pop("domain_id", domain_id) != domain_id:
        raise BadRequest("Cannot change Domain ID")


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
    shown = [project_views.project(p, request.base, tags[p.id]) for p in listed]
    return collection(request, "projects", _kept(request, shown, ("name", "domain_id", "enabled")))


def list_groups(_service: Identity, request: Request) -> Reply:
    user = _one(request, "identity:users:show")
    shown = [views.group(g, request.base) for g in groups.of(user.id)]
    domain_id = request.ctx.caller.domain_id
    return collection(
        request, "groups", [g for g in _kept(request, shown, ("name",)) if g["domain_id"] == domain_id or not domain_id]
    )


def _kept(request: Request, shown: list[dict[str, Any]], filters: tuple[str, ...]) -> list[dict[str, Any]]:
    """Those that fit the query string; what one user has is little enough to look at afterwards."""
    for name in filters:
        for wanted in request.query.all(name):
            value = truth(wanted) if name == "enabled" else wanted
            shown = [thing for thing in shown if thing[name] == value]
    return shown


def _gives_password(body: dict[str, Any]) -> bool:
    """Whether handling this body means hashing."""
    user = body.get("user")
    return isinstance(user, dict) and isinstance(user.get("password"), str)


ROUTES = [
    Route("GET", "/v3/users", index),
    Route("POST", "/v3/users", create, body=dict[str, Any], hashes=_gives_password),
    Route("GET", "/v3/users/{user_id}", show),
    Route("PATCH", "/v3/users/{user_id}", update, body=dict[str, Any], hashes=_gives_password),
    Route("DELETE", "/v3/users/{user_id}", delete),
    Route("POST", "/v3/users/{user_id}/password", change_password, body=schema.PasswordBody, public=True, hashes=True),
    Route("GET", "/v3/users/{user_id}/projects", list_projects),
    Route("GET", "/v3/users/{user_id}/groups", list_groups),
]
