"""Stored credentials: blobs for other services (EC2 keys, certificates), encrypted at rest."""

import hashlib
from typing import Any

import msgspec

from stacklab.core import ids
from stacklab.core.db.database import durable
from stacklab.core.errors import BadRequest, Conflict
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity.api.collections import collection, conditions, found
from stacklab.identity.model import Credential, Policy, matching
from stacklab.identity.schemas import catalogue as schema
from stacklab.identity.schemas import take, unwrap
from stacklab.identity.service import Identity
from stacklab.identity.views import catalogue as views


def _credential(request: Request, rule: str) -> Credential:
    credential_id = request.path["credential_id"]
    credential: Credential | None = Credential.get_or_none(Credential.id == credential_id)
    request.ctx.authorize(rule, user_id=credential.user_id if credential else None)
    return found(credential, "credential", credential_id)


def _shown(service: Identity, request: Request, credential: Credential) -> dict[str, Any]:
    blob = service.vault.decrypt(credential.blob.encode()).decode()
    return views.credential(credential, blob, request.base)


def list_credentials(service: Identity, request: Request) -> Reply:
    """Everybody's to who may read them, else one's own."""
    request.ctx.authorize("identity:credentials:read", user_id=request.ctx.user_id)
    where, params = conditions(request, ("user_id", "type"))
    own = None if request.ctx.can("identity:credentials:read") else request.ctx.user_id
    listed = matching(Credential, f"(? IS NULL OR user_id = ?) AND {where}", [own, own, *params])
    shown = [_shown(service, request, c) for c in listed]
    return collection(request, "credentials", shown, [c.id for c in listed])


def show_credential(service: Identity, request: Request) -> Reply:
    return ok({"credential": _shown(service, request, _credential(request, "identity:credentials:read"))})


def create_credential(service: Identity, request: Request) -> Reply:
    fields, extra = take(unwrap(request.body, "credential"), schema.NewCredential, "credential")
    fields.setdefault("user_id", request.ctx.user_id)
    request.ctx.authorize("identity:credentials:write", user_id=fields["user_id"])
    fields["id"] = _credential_id(fields)
    _encrypt(service, fields)
    with durable():
        if Credential.get_or_none(Credential.id == fields["id"]):
            raise Conflict("Conflict occurred attempting to store credential - Duplicate entry.")
        made = Credential.create(extra=extra, **fields)
    return created({"credential": _shown(service, request, made)})


def _credential_id(fields: dict[str, Any]) -> str:
    """An EC2 credential is found by the SHA-256 of its access key (Keystone's rule); others get an id of their own."""
    if fields["type"] != "ec2":
        return ids.new_hex()
    try:
        blob = fields["blob"] if isinstance(fields["blob"], dict) else msgspec.json.decode(fields["blob"])
        access = blob["access"]
    except (msgspec.DecodeError, KeyError, TypeError):
        raise BadRequest("Invalid blob in credential: an EC2 credential is a JSON object with an access key.") from None
    return hashlib.sha256(str(access).encode()).hexdigest()


def _encrypt(service: Identity, fields: dict[str, Any]) -> None:
    blob = fields.get("blob")
    if blob is not None:
        text = blob if isinstance(blob, str) else msgspec.json.encode(blob).decode()
        fields["blob"] = service.vault.encrypt(text.encode()).decode()


def update_credential(service: Identity, request: Request) -> Reply:
    credential = _credential(request, "identity:credentials:write")
    fields, extra = take(unwrap(request.body, "credential"), schema.CredentialFields, "credential")
    request.ctx.authorize("identity:credentials:write", user_id=fields.get("user_id", credential.user_id))
    _encrypt(service, fields)
    save(credential, fields, extra)
    return ok({"credential": _shown(service, request, credential)})


def save(document: Credential | Policy, fields: dict[str, Any], extra: dict[str, Any]) -> None:
    """Write the changed columns and add to the attributes we do not know."""
    with durable():
        for key, value in fields.items():
            setattr(document, key, value)
        document.extra = {**document.extra, **extra}
        document.save()


def delete_credential(_service: Identity, request: Request) -> Reply:
    credential = _credential(request, "identity:credentials:write")
    with durable():
        credential.delete_instance()
    return no_content()


ROUTES = [
    Route("GET", "/v3/credentials", list_credentials),
    Route("POST", "/v3/credentials", create_credential, body=dict[str, Any]),
    Route("GET", "/v3/credentials/{credential_id}", show_credential),
    Route("PATCH", "/v3/credentials/{credential_id}", update_credential, body=dict[str, Any]),
    Route("DELETE", "/v3/credentials/{credential_id}", delete_credential),
]
