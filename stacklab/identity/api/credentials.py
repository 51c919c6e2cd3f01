"""Stored credentials: everybody's own, and all of them to who may see the system."""

from typing import Any

from stacklab.http import schema
from stacklab.http.faults import KEYSTONE, Invalid
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import credentials
from stacklab.identity.api.collections import collection, conditions, found
from stacklab.identity.delegation import require_own
from stacklab.identity.model import Credential, matching
from stacklab.identity.schemas import take, unwrap
from stacklab.identity.schemas.delegation import CredentialBlob, NewCredential
from stacklab.identity.service import Identity
from stacklab.identity.tokens import delegated
from stacklab.identity.views import delegation as views

_READ, _WRITE = "identity:credentials:read", "identity:credentials:write"


def _require_own(request: Request) -> None:
    require_own(request.ctx.caller, "Delegated tokens cannot access credentials directly")


def _one(request: Request, rule: str) -> Credential:
    credential_id = request.path["credential_id"]
    credential = credentials.find(credential_id)
    request.ctx.authorize(rule, user_id=credential.user_id if credential else None)
    one = found(credential, "credential", credential_id)
    _require_own(request)
    return one


def _present(service: Identity, request: Request, credential: Credential) -> dict[str, Any]:
    return views.credential(credential, credentials.blob(service, credential), request.base)


def index(service: Identity, request: Request) -> Reply:
    """Everybody's to who may read them, else one's own; nobody's to a token that was lent."""
    request.ctx.authorize(_READ, user_id=request.ctx.user_id)
    if delegated(request.ctx.caller):
        return collection(request, "credentials", [])
    where, params = conditions(request, ("user_id", "type"))
    if not request.ctx.can(_READ):
        where, params = f"user_id = ? AND {where}", [request.ctx.user_id, *params]
    listed = matching(Credential, where, params)
    shown = [_present(service, request, c) for c in listed]
    return collection(request, "credentials", shown, [c.id for c in listed])


def show(service: Identity, request: Request) -> Reply:
    return ok({"credential": _present(service, request, _one(request, _READ))})


def create(service: Identity, request: Request) -> Reply:
    fields, extra = take(unwrap(request.body, "credential"), NewCredential, "credential")
    if fields["type"] == credentials.EC2 and "project_id" not in fields:
        raise KEYSTONE.invalid(Invalid("credential", "'project_id' is a required property"))
    request.ctx.authorize(_WRITE, user_id=fields["user_id"])
    _require_own(request)
    return created({"credential": _present(service, request, credentials.create(service, fields, extra))})


def update(service: Identity, request: Request) -> Reply:
    asked = schema.convert(unwrap(request.body, "credential"), CredentialBlob, KEYSTONE, at="credential")
    changed = credentials.update(service, _one(request, _WRITE), asked.blob)
    return ok({"credential": _present(service, request, changed)})


def delete(service: Identity, request: Request) -> Reply:
    credentials.delete(service, _one(request, _WRITE))
    return no_content()


ROUTES = [
    Route("GET", "/v3/credentials", index),
    Route("POST", "/v3/credentials", create, body=dict[str, Any]),
    Route("GET", "/v3/credentials/{credential_id}", show),
    Route("PATCH", "/v3/credentials/{credential_id}", update, body=dict[str, Any]),
    Route("DELETE", "/v3/credentials/{credential_id}", delete),
]
