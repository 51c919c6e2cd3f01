"""Application credentials: a secret that stands for its user in one project, with some of their roles."""

from typing import Any

from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import access_rules
from stacklab.identity import application_credentials as credentials
from stacklab.identity.api.collections import collection, found
from stacklab.identity.model import ApplicationCredential
from stacklab.identity.schemas.application_credentials import ApplicationCredentialBody
from stacklab.identity.service import Identity
from stacklab.identity.views import application_credentials as views


def _one(request: Request, rule: str) -> ApplicationCredential:
    user_id, credential_id = request.path["user_id"], request.path["credential_id"]
    request.ctx.authorize(rule, user_id=user_id)
    credentials.require_own_hand(request.ctx.caller)
    return found(credentials.find(user_id, credential_id), "Application Credential", credential_id)


def _shown(request: Request, listed: list[ApplicationCredential], user_id: str) -> list[dict[str, Any]]:
    roles, rules = credentials.roles_of(listed), access_rules.by_credential(user_id)

    def view(one: ApplicationCredential) -> dict[str, Any]:
        held = [roles[role_id] for role_id in one.role_ids if role_id in roles]
        return views.application_credential(one, held, rules.get(one.id, []), request.base)

    return [view(one) for one in listed]


def index(_service: Identity, request: Request) -> Reply:
    user_id = request.path["user_id"]
    request.ctx.authorize("identity:application_credentials:read", user_id=user_id)
    credentials.require_own_hand(request.ctx.caller)
    listed = credentials.of(user_id, request.query.get("name"))
    return collection(request, "application_credentials", _shown(request, listed, user_id))


def show(_service: Identity, request: Request) -> Reply:
    credential = _one(request, "identity:application_credentials:read")
    return ok({"application_credential": _shown(request, [credential], credential.user_id)[0]})


def create(service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:application_credentials:create", user_id=request.path["user_id"])
    made, secret = credentials.create(service, request.ctx.caller, request.body.application_credential)
    (shown,) = _shown(request, [made], made.user_id)
    return created({"application_credential": {**shown, "secret": secret}})


def delete(service: Identity, request: Request) -> Reply:
    credential = _one(request, "identity:application_credentials:delete")
    credentials.require_unrestricted(request.ctx.caller)
    credentials.delete(service, credential)
    return no_content()


_PATH = "/v3/users/{user_id}/application_credentials"
ROUTES = [
    Route("GET", _PATH, index),
    Route("POST", _PATH, create, body=ApplicationCredentialBody, hashes=True),
    Route("GET", f"{_PATH}/{{credential_id}}", show),
    Route("DELETE", f"{_PATH}/{{credential_id}}", delete),
]
