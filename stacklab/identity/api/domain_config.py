"""A domain's own configuration: whole, a group of it, one option; and the defaults."""

from typing import Any

from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import domain_config, projects
from stacklab.identity.api.collections import found
from stacklab.identity.service import Identity

_READ, _WRITE = "identity:domain_config:read", "identity:domain_config:write"
_COMPLIANCE = "identity:domain_config:compliance"


def _domain(request: Request, rule: str) -> str:
    request.ctx.authorize(rule)
    domain_id = request.path["domain_id"]
    return str(found(projects.find_domain(domain_id), "domain", domain_id).id)


def _part(request: Request) -> tuple[str | None, str | None]:
    return request.path.get("group"), request.path.get("option")


def show(service: Identity, request: Request) -> Reply:
    group, option = _part(request)
    if group == domain_config.COMPLIANCE:
        domain_id = _domain(request, _COMPLIANCE)
        return ok({"config": domain_config.compliance(service.settings.identity, domain_id, option)})
    return ok({"config": domain_config.show(_domain(request, _READ), group, option)})


def create(service: Identity, request: Request) -> Reply:
    config, fresh = domain_config.replace(service, _domain(request, _WRITE), request.body.get("config"))
    return created({"config": config}) if fresh else ok({"config": config})


def update(service: Identity, request: Request) -> Reply:
    domain_id, body = _domain(request, _WRITE), request.body.get("config")
    return ok({"config": domain_config.update(service, domain_id, body, *_part(request))})


def delete(_service: Identity, request: Request) -> Reply:
    domain_config.delete(_domain(request, _WRITE), *_part(request))
    return no_content()


def default(_service: Identity, request: Request) -> Reply:
    request.ctx.authorize(_READ)
    return ok({"config": domain_config.default(*_part(request))})


_PATH = "/v3/domains/{domain_id}/config"
_PARTS = (_PATH, f"{_PATH}/{{group}}", f"{_PATH}/{{group}}/{{option}}")
ROUTES = [
    Route("GET", "/v3/domains/config/default", default),
    Route("GET", "/v3/domains/config/{group}/default", default),
    Route("GET", "/v3/domains/config/{group}/{option}/default", default),
    Route("PUT", _PATH, create, body=dict[str, Any]),
    *(Route("GET", path, show) for path in _PARTS),
    *(Route("PATCH", path, update, body=dict[str, Any]) for path in _PARTS),
    *(Route("DELETE", path, delete) for path in _PARTS),
]
