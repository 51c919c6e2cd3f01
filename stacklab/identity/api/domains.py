"""Domains."""

import re
from typing import Any

from stacklab.core.errors import BadRequest, Conflict
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import domains, projects
from stacklab.identity.api.collections import collection, conditions, found
from stacklab.identity.api.projects import apply
from stacklab.identity.model import Project, matching
from stacklab.identity.schemas import projects as schema
from stacklab.identity.schemas import take, unwrap
from stacklab.identity.service import Identity
from stacklab.identity.views import projects as views

_ID = re.compile(r"[0-9a-f]{32}")


def _one(request: Request, rule: str) -> Project:
    domain_id = request.path["domain_id"]
    request.ctx.authorize(rule, domain_id=domain_id)
    return found(projects.find_domain(domain_id), "domain", domain_id)


def _present(request: Request, domain: Project) -> dict[str, Any]:
    return {"domain": views.domain(domain, request.base, projects.tags([domain.id])[domain.id])}


def index(_service: Identity, request: Request) -> Reply:
    caller = request.ctx.caller
    request.ctx.authorize("identity:domains:list", domain_id=caller.domain_id)
    where, params = conditions(request, ("name",), ("enabled",))
    listed = matching(Project, f"is_domain = 1 AND (? IS NULL OR id = ?) AND {where}", [caller.domain_id] * 2 + params)
    tags = projects.tags([d.id for d in listed])
    return collection(request, "domains", [views.domain(d, request.base, tags[d.id]) for d in listed], list(tags))


def show(_service: Identity, request: Request) -> Reply:
    return ok(_present(request, _one(request, "identity:domains:show")))


def create(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize("identity:domains:write")
    fields, extra = take(unwrap(request.body, "domain"), schema.NewDomain, "domain")
    explicit = extra.pop("explicit_domain_id", None)
    if explicit is not None:
        fields["id"] = _proper_id(explicit)
    fields |= {"is_domain": True, "description": fields.get("description") or ""}
    tags = fields.pop("tags", [])
    return created(_present(request, projects.create(fields, extra, tags)))


def _proper_id(given: object) -> str:
    """An id that somebody chose has the form of those we choose. Raises BadRequest."""
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise BadRequest("Domain ID does not conform to required UUID format.")
    if projects.find(given):
        raise Conflict(f"Conflict occurred attempting to store project - a project has the id {given}.")
    return given


def update(service: Identity, request: Request) -> Reply:
    domain = _one(request, "identity:domains:write")
    fields, extra = take(unwrap(request.body, "domain"), schema.DomainFields, "domain")
    return ok(_present(request, apply(service, domain, fields, extra)))


def delete(service: Identity, request: Request) -> Reply:
    domains.delete(service, _one(request, "identity:domains:write"))
    return no_content()


ROUTES = [
    Route("GET", "/v3/domains", index),
    Route("POST", "/v3/domains", create, body=dict[str, Any]),
    Route("GET", "/v3/domains/{domain_id}", show),
    Route("PATCH", "/v3/domains/{domain_id}", update, body=dict[str, Any]),
    Route("DELETE", "/v3/domains/{domain_id}", delete),
]
