"""Tokens: issued, validated, revoked; and what the holder of one may enter."""

from stacklab.core import clock
from stacklab.core.errors import Forbidden, NotFound, Unauthorized
from stacklab.http.context import Caller
from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import audience, authentication, grants, receipts, scoping, tokens
from stacklab.identity.api.collections import collection, truth
from stacklab.identity.oauth1_requests import signed
from stacklab.identity.projects import entered_by, find_domain, tags
from stacklab.identity.schemas.auth import AuthBody
from stacklab.identity.service import Identity
from stacklab.identity.views import projects as project_views
from stacklab.identity.views import tokens as views

_SUBJECT = "x-subject-token"
_RULES = "openstack-identity-access-rules"
_YES = ("1", "t", "true", "on", "y", "yes")


def issue(service: Identity, request: Request) -> Reply:
    started = clock.now()
    attempt = authentication.Attempt(
        request.body.auth, started, request.address, request.headers.get(receipts.HEADER, ""), signed(request)
    )
    proof = authentication.prove(service, attempt)
    if not receipts.enough(proof.user, proof.methods):
        return _go_on(service, proof, request, started)
    scoped = scoping.claims(service, proof, attempt.auth.scope, started)
    claims = audience.bind(service, service.regions, scoped, proof.earlier, request.region)
    body = views.token(service, tokens.caller(claims), request.root, "nocatalog" not in request.query)
    return Reply(201, body, {_SUBJECT: service.signer.sign(claims)})


def _go_on(service: Identity, proof: authentication.Proof, request: Request, started: int) -> Reply:
    """What was shown is right and not enough: 401 with a receipt for it."""
    text, receipt = receipts.issue(service, proof.user, proof.methods, started)
    domain = find_domain(proof.user.domain_id)
    headers = {receipts.HEADER: text, "www-authenticate": f'Keystone uri="{request.root}/identity"'}
    return Reply(401, receipts.view(receipt, proof.user, domain.name if domain else ""), headers)


def _subject(service: Identity, request: Request, grace: int = 0) -> Caller:
    try:
        caller = service.check(request.headers.get(_SUBJECT, ""), grace)
    except Unauthorized:
        raise NotFound("Could not find token.") from None
    if not audience.accepts(service.regions, caller.audience, request.region):
        raise NotFound("Could not find token.")
    return caller


def validate(service: Identity, request: Request) -> Reply:
    expired_too = (request.query.get("allow_expired") or "").lower() in _YES
    caller = _subject(service, request, tokens.GRACE if expired_too else 0)
    rule = "identity:tokens:check" if request.method == "HEAD" else "identity:tokens:show"
    request.ctx.authorize(rule, user_id=caller.user_id)
    if caller.access_rules is not None and not _understands_rules(request):
        raise NotFound("Failed to validate token")
    body = views.token(service, caller, request.root, "nocatalog" not in request.query)
    return Reply(200, body, {_SUBJECT: request.headers[_SUBJECT]})


def _understands_rules(request: Request) -> bool:
    """Whether who validates says that they will keep the token's access rules (keystonemiddleware does, since 2019)."""
    try:
        return float(request.headers.get(_RULES, "")) >= 1
    except ValueError:
        return False


def revoke(service: Identity, request: Request) -> Reply:
    caller = _subject(service, request)
    request.ctx.authorize("identity:tokens:revoke", user_id=caller.user_id)
    service.revoke(caller, truth(request.query.get("cascade") or "true"))
    return no_content()


def catalog(service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:auth:mine")
    caller = request.ctx.caller
    if not caller.project_id:
        raise Forbidden("A project-scoped token is required to produce a service catalog.")
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
    Route("POST", "/v3/auth/tokens", issue, body=AuthBody, public=True, hashes=authentication.hashes),
    Route("GET", "/v3/auth/tokens", validate),
    Route("DELETE", "/v3/auth/tokens", revoke),
    Route("GET", "/v3/auth/catalog", catalog),
    Route("GET", "/v3/auth/projects", projects),
    Route("GET", "/v3/auth/domains", domains),
    Route("GET", "/v3/auth/system", system),
]
