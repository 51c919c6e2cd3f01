"""EC2 keys of a user (OS-EC2), and the two doors where a service exchanges a request signed with one for a token."""

from collections.abc import Callable
from typing import Any

from stacklab.core import clock
from stacklab.core.errors import BadRequest, NotFound
from stacklab.http import schema
from stacklab.http.faults import KEYSTONE
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import audience, credentials, ec2, scoping, signatures, tokens, users
from stacklab.identity.api.collections import collection, found
from stacklab.identity.authentication import refused
from stacklab.identity.delegation import require_own
from stacklab.identity.ec2 import Key
from stacklab.identity.schemas.delegation import NewEc2Key, Signed
from stacklab.identity.service import Identity
from stacklab.identity.views import delegation as views
from stacklab.identity.views import tokens as token_views

_KEYS = ("credentials", "credential", "ec2Credentials")  # clients disagree about the name


def _require_own(request: Request) -> None:
    require_own(request.ctx.caller, "Delegated tokens cannot access credentials directly")


def _one(service: Identity, request: Request, rule: str) -> Key:
    access = request.path["credential_id"]
    credential = found(credentials.find(credentials.ec2_id(access)), "credential", credentials.ec2_id(access))
    request.ctx.authorize(rule, user_id=credential.user_id)
    found(users.find(request.path["user_id"]), "user", request.path["user_id"])
    key = ec2.find(service, access)
    if key is None:
        raise refused()
    _require_own(request)
    return key


def _present(request: Request, key: Key) -> dict[str, Any]:
    return views.ec2_key(key.credential, key.blob, request.base)


def index(service: Identity, request: Request) -> Reply:
    user_id = request.path["user_id"]
    request.ctx.authorize("identity:ec2:read", user_id=user_id)
    _require_own(request)
    found(users.find(user_id), "user", user_id)
    return collection(request, "credentials", [_present(request, key) for key in ec2.of(service, user_id)])


def create(service: Identity, request: Request) -> Reply:
    user_id = request.path["user_id"]
    request.ctx.authorize("identity:ec2:write", user_id=user_id)
    _require_own(request)
    return created({"credential": _present(request, ec2.create(service, user_id, request.body.tenant_id))})


def show(service: Identity, request: Request) -> Reply:
    return ok({"credential": _present(request, _one(service, request, "identity:ec2:read"))})


def delete(service: Identity, request: Request) -> Reply:
    credentials.delete(service, _one(service, request, "identity:ec2:write").credential)
    return no_content()


def ec2_token(service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:ec2tokens:validate")
    body, token = _exchange(service, request, signatures.matches)
    return Reply(200, body, {"x-subject-token": token})


def s3_token(service: Identity, request: Request) -> Reply:
    """Who asks may know what the key is good for, and does not get the token (Keystone's rule)."""
    request.ctx.authorize("identity:s3tokens:validate")
    return ok(_exchange(service, request, signatures.matches_s3)[0])


def _exchange(service: Identity, request: Request, matches: Callable[[str, Signed], bool]) -> tuple[Any, str]:
    """The body that describes a token, and the token."""
    asked, started = _signed(request), clock.now()
    key = ec2.find(service, asked.access)
    if key is None:
        raise NotFound("EC2 access key not found.")  # a service asks: nobody else learns which keys exist
    if not matches(ec2.secret(key), asked):
        raise refused()
    proof, scope = ec2.proof(service, key, started)
    ec2.require_fresh(asked)
    claims = scoping.claims(service, proof, scope, started)
    claims = audience.bind(service, service.regions, claims, None, request.region)
    return token_views.token(service, tokens.caller(claims), request.root, True), service.signer.sign(claims)


def _signed(request: Request) -> Signed:
    if not request.body:
        raise BadRequest("request must include a request body")
    given: Any = next((request.body[name] for name in _KEYS if request.body.get(name)), {})
    if not isinstance(given, dict) or "access" not in given:
        raise refused()
    known: Signed = schema.convert(
        {k: v for k, v in given.items() if v is not None}, Signed, KEYSTONE, at="credentials"
    )
    return known


_PATH = "/v3/users/{user_id}/credentials/OS-EC2"
ROUTES = [
    Route("GET", _PATH, index),
    Route("POST", _PATH, create, body=NewEc2Key),
    Route("GET", f"{_PATH}/{{credential_id}}", show),
    Route("DELETE", f"{_PATH}/{{credential_id}}", delete),
    Route("POST", "/v3/ec2tokens", ec2_token, body=dict[str, Any]),
    Route("POST", "/v3/s3tokens", s3_token, body=dict[str, Any]),
]
