"""Application credentials: a secret that stands for its user in one project, with some of their roles."""

from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import application_credentials as credentials
from stacklab.identity.api.collections import collection, found
from stacklab.identity.model import ApplicationCredential
from stacklab.identity.schemas.roles import ApplicationCredentialBody
from stacklab.identity.service import Identity
from stacklab.identity.views import roles as views


def _one(request: Request, rule: str) -> ApplicationCredential:
    user_id, credential_id = request.path["user_id"], request.path["credential_id"]
    request.ctx.authorize(rule, user_id=user_id)
    return found(credentials.find(user_id, credential_id), "application credential", credential_id)


def index(service: Identity, request: Request) -> Reply:
    user_id = request.path["user_id"]
    request.ctx.authorize("identity:application_credentials:read", user_id=user_id)
    listed, names = credentials.of(user_id, request.query.get("name")), service.rolebook.names()
    shown = [views.application_credential(c, names, request.base) for c in listed]
    return collection(request, "application_credentials", shown)


def show(service: Identity, request: Request) -> Reply:
    credential = _one(request, "identity:application_credentials:read")
    shown = views.application_credential(credential, service.rolebook.names(), request.base)
    return ok({"application_credential": shown})


def create(service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:application_credentials:create", user_id=request.path["user_id"])
    made, secret = credentials.create(service, request.ctx.caller, request.body.application_credential)
    shown = views.application_credential(made, service.rolebook.names(), request.base)
    return created({"application_credential": {**shown, "secret": secret}})


def delete(service: Identity, request: Request) -> Reply:
    credential = _one(request, "identity:application_credentials:delete")
    credentials.require_unrestricted(request.ctx.caller)
    credentials.delete(service, credential)
    return no_content()


def access_rules(_service: Identity, request: Request) -> Reply:
    """Always empty: a rule this cloud cannot enforce is refused when it is given."""
    request.ctx.authorize("identity:application_credentials:read", user_id=request.path["user_id"])
    return collection(request, "access_rules", [])


_PATH = "/v3/users/{user_id}/application_credentials"
ROUTES = [
    Route("GET", _PATH, index),
    Route("POST", _PATH, create, body=ApplicationCredentialBody, hashes=True),
    Route("GET", f"{_PATH}/{{credential_id}}", show),
    Route("DELETE", f"{_PATH}/{{credential_id}}", delete),
    Route("GET", "/v3/users/{user_id}/access_rules", access_rules),
]
