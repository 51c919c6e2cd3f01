"""Regions, services and endpoints."""

from typing import Any

from stacklab.core.errors import BadRequest
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route
from stacklab.identity import catalogue_entries as entries
from stacklab.identity import endpoint_filter
from stacklab.identity.api.collections import collection, conditions, found, only
from stacklab.identity.model import Endpoint, Region, Service, matching
from stacklab.identity.schemas import catalogue as schema
from stacklab.identity.schemas import changes, take, unwrap
from stacklab.identity.service import Identity
from stacklab.identity.views import catalogue as views

_READ, _MANAGE, _WRITE = "identity:catalogue:read", "identity:catalogue:manage", "identity:catalogue:write"


def _region(request: Request, rule: str) -> Region:
    request.ctx.authorize(rule)
    return found(entries.region(request.path["region_id"]), "region", request.path["region_id"])


def _service(request: Request, rule: str) -> Service:
    request.ctx.authorize(rule)
    return found(entries.service(request.path["service_id"]), "service", request.path["service_id"])


def _endpoint(request: Request, rule: str) -> Endpoint:
    request.ctx.authorize(rule)
    return found(entries.endpoint(request.path["endpoint_id"]), "endpoint", request.path["endpoint_id"])


def list_regions(_identity: Identity, request: Request) -> Reply:
    only(request, "parent_region_id")
    request.ctx.authorize(_READ)
    parent = request.query.get("parent_region_id")
    if parent == "":
        raise BadRequest("Invalid input for field 'parent_region_id': it should not be empty.")
    listed = matching(Region, "(? IS NULL OR parent_id = ?) ORDER BY id", [parent, parent])
    return collection(request, "regions", [views.region(r, request.base) for r in listed])


def show_region(_identity: Identity, request: Request) -> Reply:
    return ok({"region": views.region(_region(request, _READ), request.base)})


def _region_fields(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    fields, extra = take(given, schema.RegionFields, "region")
    if "parent_region_id" in fields:
        fields["parent_id"] = fields.pop("parent_region_id")
    if "description" in fields:
        fields["description"] = fields["description"] or ""
    return fields, extra


def create_region(_identity: Identity, request: Request) -> Reply:
    """POST names the region in the body or not at all, PUT in the path."""
    request.ctx.authorize(_WRITE)
    fields, extra = _region_fields(unwrap(request.body, "region"))
    if "region_id" in request.path:
        named = request.path["region_id"]
        if fields.setdefault("id", named) != named:
            raise BadRequest(f'Conflicting region IDs specified: "{named}" != "{fields["id"]}"')
    return created({"region": views.region(entries.create_region(fields, extra), request.base)})


def update_region(identity: Identity, request: Request) -> Reply:
    region = _region(request, _WRITE)
    fields, extra = _region_fields(changes(request.body, "region", region.id))
    fields.pop("id", None)
    return ok({"region": views.region(entries.update_region(identity, region, fields, extra), request.base)})


def delete_region(identity: Identity, request: Request) -> Reply:
    entries.delete_region(identity, _region(request, _WRITE))
    return no_content()


def list_services(_identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_MANAGE)
    listed = matching(Service, *conditions(request, ("name", "type")))
    return collection(request, "services", [views.service(s, request.base) for s in listed], [s.id for s in listed])


def show_service(_identity: Identity, request: Request) -> Reply:
    return ok({"service": views.service(_service(request, _MANAGE), request.base)})


def create_service(identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    fields, extra = take(unwrap(request.body, "service"), schema.NewService, "service")
    return created({"service": views.service(entries.create_service(identity, fields, extra), request.base)})


def update_service(identity: Identity, request: Request) -> Reply:
    service = _service(request, _WRITE)
    fields, extra = take(changes(request.body, "service", service.id), schema.ServiceFields, "service")
    return ok({"service": views.service(entries.update_service(identity, service, fields, extra), request.base)})


def delete_service(identity: Identity, request: Request) -> Reply:
    entries.delete(identity, _service(request, _WRITE))
    return no_content()


def list_endpoints(_identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_MANAGE)
    if request.query.get("interface", "public") not in endpoint_filter.INTERFACES:
        raise BadRequest("Invalid input for field 'interface': it is one of admin, internal, public.")
    listed = matching(Endpoint, *conditions(request, ("interface", "service_id", "region_id")))
    shown = [views.endpoint(e, request.base, request.root) for e in listed]
    return collection(request, "endpoints", shown, [e.id for e in listed])


def _present(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    return {"endpoint": views.endpoint(endpoint, request.base, request.root)}


def show_endpoint(_identity: Identity, request: Request) -> Reply:
    return ok(_present(request, _endpoint(request, _MANAGE)))


def create_endpoint(identity: Identity, request: Request) -> Reply:
    request.ctx.authorize(_WRITE)
    fields, extra = take(unwrap(request.body, "endpoint"), schema.NewEndpoint, "endpoint")
    return created(_present(request, entries.create_endpoint(identity, fields, extra)))


def update_endpoint(identity: Identity, request: Request) -> Reply:
    endpoint = _endpoint(request, _WRITE)
    fields, extra = take(changes(request.body, "endpoint", endpoint.id), schema.EndpointFields, "endpoint")
    return ok(_present(request, entries.update_endpoint(identity, endpoint, fields, extra)))


def delete_endpoint(identity: Identity, request: Request) -> Reply:
    entries.delete(identity, _endpoint(request, _WRITE))
    return no_content()


ROUTES = [
    Route("GET", "/v3/regions", list_regions),
    Route("POST", "/v3/regions", create_region, body=dict[str, Any]),
    Route("GET", "/v3/regions/{region_id}", show_region),
    Route("PUT", "/v3/regions/{region_id}", create_region, body=dict[str, Any]),
    Route("PATCH", "/v3/regions/{region_id}", update_region, body=dict[str, Any]),
    Route("DELETE", "/v3/regions/{region_id}", delete_region),
    Route("GET", "/v3/services", list_services),
    Route("POST", "/v3/services", create_service, body=dict[str, Any]),
    Route("GET", "/v3/services/{service_id}", show_service),
    Route("PATCH", "/v3/services/{service_id}", update_service, body=dict[str, Any]),
    Route("DELETE", "/v3/services/{service_id}", delete_service),
    Route("GET", "/v3/endpoints", list_endpoints),
    Route("POST", "/v3/endpoints", create_endpoint, body=dict[str, Any]),
    Route("GET", "/v3/endpoints/{endpoint_id}", show_endpoint),
    Route("PATCH", "/v3/endpoints/{endpoint_id}", update_endpoint, body=dict[str, Any]),
    Route("DELETE", "/v3/endpoints/{endpoint_id}", delete_endpoint),
]
