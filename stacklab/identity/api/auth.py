"""Tokens: issued, validated, revoked; and what the holder of one may enter."""

from stacklab.core import clock
from stacklab.core.errors import Forbidden, NotFound, Unauthorized
from stacklab.http.context import Caller
from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import audience, authentication, grants, scoping, tokens
from stacklab.identity.api.collections import collection
from stacklab.identity.projects import entered_by, tags
from stacklab.identity.schemas.auth import AuthBody
from stacklab.identity.service import Identity
from stacklab.identity.views import projects as project_views
from stacklab.identity.views import tokens as views

_SUBJECT = "x-subject-token"


def issue(service: Identity, request: Request) -> Reply:
    started = clock.now()
    auth = request.body.auth
    proof = authentication.prove(service, auth.identity, started, request.address)
    scoped = scoping.claims(service, proof, auth.scope, started)
    claims = audience.bind(service, service.regions, scoped, proof.earlier, request.region)
    body = views.token(service, tokens.caller(claims), request.root, "nocatalog" not in request.query)
    return Reply(201, body, {"x-subject-token": service.signer.sign(claims)})


def _subject(service: Identity, request: Request) -> Caller:
    try:
        caller = service.check(request.headers.get(_SUBJECT, ""))
    except Unauthorized:
        raise NotFound("Could not find token.") from None
    if not audience.accepts(service.regions, caller.audience, request.region):
        raise NotFound("Could not find token.")
    return caller


def validate(service: Identity, request: Request) -> Reply:
    caller = _subject(service, request)
    request.ctx.authorize("identity:tokens:show", user_id=caller.user_id)
    body = views.token(service, caller, request.root, "nocatalog" not in request.query)
    return Reply(200, body, {"x-subject-token": request.headers[_SUBJECT]})


def revoke(service: Identity, request: Request) -> Reply:
    caller = _subject(service, request)
    request.ctx.authorize("identity:tokens:revoke", user_id=caller.user_id)
    service.revoke(caller)
    return no_content()


def catalog(service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:auth:mine")
    caller = request.ctx.caller
    if not caller.role_ids:
        raise Forbidden("The catalogue is for a token with a scope.")
    rendered = service.catalogue.render(request.root, caller.project_id, caller.user_id, request.region)
    return ok({"catalog": rendered, "links": {"next": None, "self": request.url, "previous": None}})


def projects(_service: Identity, request: Request) -> Reply:
    return _targets(request, "project")


def domains(_service: Identity, request: Request) -> Reply:
    return _targets(request, "domain")


def _targets(request: Request, kind: str) -> Reply:
    request.ctx.authorize("identity:auth:mine")
    found = entered_by(request.ctx.user_id, kind)
    found_tags = tags([p.id for p in found])
    show = project_views.domain if kind == "domain" else project_views.project
    return collection(request, f"{kind}s", [show(p, request.base, found_tags[p.id]) for p in found])


def system(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:auth:mine")
    held = grants.held(request.ctx.user_id, grants.SYSTEM)
    return collection(request, "system", [{"all": True}] if held else [])


ROUTES = [
    Route("POST", "/v3/auth/tokens", issue, body=AuthBody, public=True, hashes=True),
    Route("GET", "/v3/auth/tokens", validate),
    Route("DELETE", "/v3/auth/tokens", revoke),
    Route("GET", "/v3/auth/catalog", catalog),
    Route("GET", "/v3/auth/projects", projects),
    Route("GET", "/v3/auth/domains", domains),
    Route("GET", "/v3/auth/system", system),
]
