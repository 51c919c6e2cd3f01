"""The access rules of a user: listed, shown, deleted. They are made with application credentials."""

from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import access_rules
from stacklab.identity.api.collections import collection, found
from stacklab.identity.application_credentials import require_own_hand
from stacklab.identity.service import Identity
from stacklab.identity.views import application_credentials as views


def _owner(request: Request, rule: str) -> str:
    user_id = request.path["user_id"]
    request.ctx.authorize(rule, user_id=user_id)
    require_own_hand(request.ctx.caller)
    return user_id


def index(_service: Identity, request: Request) -> Reply:
    user_id = _owner(request, "identity:access_rules:read")
    wanted = {name: request.query.get(name) for name in ("service", "method", "path")}
    listed = [
        rule
        for rule in access_rules.of(user_id)
        if all(value is None or getattr(rule, name) == value for name, value in wanted.items())
    ]
    return collection(request, "access_rules", [views.access_rule(rule, user_id, request.base) for rule in listed])


def show(_service: Identity, request: Request) -> Reply:
    user_id = _owner(request, "identity:access_rules:read")
    rule_id = request.path["rule_id"]
    rule = found(access_rules.find(user_id, rule_id), "Access Rule", rule_id)
    return ok({"access_rule": views.access_rule(rule, user_id, request.base)})


def delete(_service: Identity, request: Request) -> Reply:
    access_rules.delete(_owner(request, "identity:access_rules:delete"), request.path["rule_id"])
    return no_content()


_PATH = "/v3/users/{user_id}/access_rules"
ROUTES = [
    Route("GET", _PATH, index),
    Route("GET", f"{_PATH}/{{rule_id}}", show),
    Route("DELETE", f"{_PATH}/{{rule_id}}", delete),
]
