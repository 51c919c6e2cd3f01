"""Stored credentials."""

from typing import Any

from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import credentials
from stacklab.identity.api.collections import collection, conditions, found
from stacklab.identity.model import Credential, matching
from stacklab.identity.schemas import catalogue as schema
from stacklab.identity.schemas import take, unwrap
from stacklab.identity.service import Identity
from stacklab.identity.views import catalogue as views

_READ, _WRITE = "identity:credentials:read", "identity:credentials:write"


def _one(request: Request, rule: str) -> Credential:
    credential_id = request.path["credential_id"]
    credential = credentials.find(credential_id)
    request.ctx.authorize(rule, user_id=credential.user_id if credential else None)
    return found(credential, "credential", credential_id)


def _present(service: Identity, request: Request, credential: Credential) -> dict[str, Any]:
    return views.credential(credential, credentials.blob(service, credential), request.base)


def index(service: Identity, request: Request) -> Reply:
    """Everybody's to who may read them, else one's own."""
    request.ctx.authorize(_READ, user_id=request.ctx.user_id)
    where, params = conditions(request, ("user_id", "type"))
    own = None if request.ctx.can(_READ) else request.ctx.user_id
    listed = matching(Credential, f"(? IS NULL OR user_id = ?) AND {where}", [own, own, *params])
    shown = [_present(service, request, c) for c in listed]
    return collection(request, "credentials", shown, [c.id for c in listed])


def show(service: Identity, request: Request) -> Reply:
    return ok({"credential": _present(service, request, _one(request, _READ))})


def create(service: Identity, request: Request) -> Reply:
    fields, extra = take(unwrap(request.body, "credential"), schema.NewCredential, "credential")
    fields.setdefault("user_id", request.ctx.user_id)
    request.ctx.authorize(_WRITE, user_id=fields["user_id"])
    made = credentials.create(service, fields, extra)
    return created({"credential": _present(service, request, made)})


def update(service: Identity, request: Request) -> Reply:
    credential = _one(request, _WRITE)
    fields, extra = take(unwrap(request.body, "credential"), schema.CredentialFields, "credential")
    request.ctx.authorize(_WRITE, user_id=fields.get("user_id", credential.user_id))
    changed = credentials.update(service, credential, fields, extra)
    return ok({"credential": _present(service, request, changed)})


def delete(_service: Identity, request: Request) -> Reply:
    credentials.delete(_one(request, _WRITE))
    return no_content()


ROUTES = [
    Route("GET", "/v3/credentials", index),
    Route("POST", "/v3/credentials", create, body=dict[str, Any]),
    Route("GET", "/v3/credentials/{credential_id}", show),
    Route("PATCH", "/v3/credentials/{credential_id}", update, body=dict[str, Any]),
    Route("DELETE", "/v3/credentials/{credential_id}", delete),
]
