"""OAuth1 (OS-OAUTH1): consumers, the three steps from a request token to an access token, and what users have lent."""

from typing import Any

from stacklab.core import clock
from stacklab.core.errors import BadRequest, Forbidden, NotFound, Unauthorized
from stacklab.http import schema
from stacklab.http.faults import KEYSTONE
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import oauth1
from stacklab.identity.api.collections import collection, conditions, found
from stacklab.identity.model import Role, matching
from stacklab.identity.model_delegation import AccessToken, Consumer
from stacklab.identity.oauth1 import Given
from stacklab.identity.oauth1_requests import signed
from stacklab.identity.schemas import take
from stacklab.identity.schemas.delegation import Authorization, ConsumerFields
from stacklab.identity.service import Identity
from stacklab.identity.tokens import UNAUTHORIZED, delegated
from stacklab.identity.views import delegation as views
from stacklab.identity.views.roles import role as role_view

_READ, _WRITE = "identity:consumers:read", "identity:consumers:write"


def consumers(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    listed = matching(Consumer, *conditions(request, ()))
    return collection(request, "consumers", [views.consumer(c, request.base) for c in listed], [c.id for c in listed])


def consumer(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    return ok({"consumer": views.consumer(oauth1.consumer(request.path["consumer_id"]), request.base)})


def _fields(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keystone takes a body without `consumer` for an empty one."""
    given = request.body.get("consumer", {})
    if not isinstance(given, dict):
        raise BadRequest("Invalid input for field 'consumer': it is not an object")
    return take(given, ConsumerFields, "consumer")


def create_consumer(service: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    fields, extra = _fields(request)
    extra.pop("secret", None)
    made, secret = oauth1.create_consumer(service, fields.get("description"), extra)
    return created({"consumer": {**views.consumer(made, request.base), "secret": secret}})


def update_consumer(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    consumer_id = request.path["consumer_id"]
    given = request.body.get("consumer")
    fields, extra = _fields(request)
    if not given or "secret" in given:
        raise BadRequest("Invalid input for field 'consumer': it is empty, or has a secret, which is not changed")
    if given.get("id", consumer_id) != consumer_id:
        raise BadRequest("Cannot change ID")
    changed = oauth1.update_consumer(oauth1.consumer(consumer_id), fields, extra)
    return ok({"consumer": views.consumer(changed, request.base)})


def delete_consumer(service: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    oauth1.delete_consumer(service, oauth1.consumer(request.path["consumer_id"]))
    return no_content()


def _form(given: Given) -> Reply:
    text = f"oauth_token={given.id}&oauth_token_secret={given.secret}&oauth_expires_at={clock.iso_us(given.expires_at)}"
    return Reply(201, text.encode(), media="application/x-www-form-urlencoded")


def request_token(service: Identity, request: Request) -> Reply:
    return _form(oauth1.ask(service, signed(request)))


def access_token(service: Identity, request: Request) -> Reply:
    return _form(oauth1.exchange(service, signed(request)))


def authorize(service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:oauth1:authorize")
    asked = schema.convert(request.body, Authorization, KEYSTONE)
    _require_own(request, "Cannot authorize a request token with a token issued via delegation.")
    verifier = oauth1.authorize(service, request.ctx.caller, request.path["request_token_id"], asked.roles)
    return ok({"token": {"oauth_verifier": verifier}})


def _require_own(request: Request, words: str) -> None:
    if delegated(request.ctx.caller):
        raise Forbidden(words)


def _require_manager(request: Request, rule: str = "identity:access_tokens:read") -> None:
    request.ctx.authorize(rule)
    _require_own(request, "Cannot manage OAuth access tokens with a token issued via delegation.")


def _lent(request: Request) -> AccessToken:
    token = oauth1.find_access_token(request.path["access_token_id"])
    if token.user_id != request.path["user_id"]:
        raise NotFound(f"Could not find access token: {token.id}.")
    return token


def _mine(request: Request) -> AccessToken:
    """The same, with Keystone's other answer to another user's."""
    token = oauth1.find_access_token(request.path["access_token_id"])
    if token.user_id != request.path["user_id"]:
        raise Unauthorized(UNAUTHORIZED)
    return token


def lent(_service: Identity, request: Request) -> Reply:
    _require_manager(request)
    shown = [views.access_token(t, request.base) for t in oauth1.of(request.path["user_id"])]
    return collection(request, "access_tokens", shown)


def show_lent(_service: Identity, request: Request) -> Reply:
    _require_manager(request)
    return ok({"access_token": views.access_token(_lent(request), request.base)})


def revoke(service: Identity, request: Request) -> Reply:
    _require_manager(request, "identity:access_tokens:delete")
    oauth1.revoke(service, _mine(request))
    return no_content()


def _roles(token: AccessToken) -> list[Role]:
    return list(Role.select().where(Role.id.in_(token.role_ids)).order_by(Role.id)) if token.role_ids else []


def roles(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:access_tokens:read")
    return collection(request, "roles", [role_view(r, request.base) for r in _roles(_lent(request))])


def role(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:access_tokens:read")
    role_id = request.path["role_id"]
    one = next((r for r in _roles(_mine(request)) if r.id == role_id), None)
    return ok({"role": role_view(found(one, "role", role_id), request.base)})


_BASE, _LENT = "/v3/OS-OAUTH1", "/v3/users/{user_id}/OS-OAUTH1/access_tokens"
ROUTES = [
    Route("GET", f"{_BASE}/consumers", consumers),
    Route("POST", f"{_BASE}/consumers", create_consumer, body=dict[str, Any]),
    Route("GET", f"{_BASE}/consumers/{{consumer_id}}", consumer),
    Route("PATCH", f"{_BASE}/consumers/{{consumer_id}}", update_consumer, body=dict[str, Any]),
    Route("DELETE", f"{_BASE}/consumers/{{consumer_id}}", delete_consumer),
    Route("POST", f"{_BASE}/request_token", request_token, public=True),
    Route("PUT", f"{_BASE}/authorize/{{request_token_id}}", authorize, body=dict[str, Any]),
    Route("POST", f"{_BASE}/access_token", access_token, public=True),
    Route("GET", _LENT, lent),
    Route("GET", f"{_LENT}/{{access_token_id}}", show_lent),
    Route("DELETE", f"{_LENT}/{{access_token_id}}", revoke),
    Route("GET", f"{_LENT}/{{access_token_id}}/roles", roles),
    Route("GET", f"{_LENT}/{{access_token_id}}/roles/{{role_id}}", role),
]
