"""/flavors, their extra specs and who may use private ones."""

import re
from typing import Any

from msgspec import UNSET

from stacklab.compute.flavors import FlavorQuery, NewFlavor
from stacklab.compute.model.flavors import Flavor
from stacklab.compute.schemas.common import given, invalid, number, plain_name, truth
from stacklab.compute.schemas.flavors import Access, CreateFlavor, PutSpecs, UpdateFlavor
from stacklab.compute.service import Compute
from stacklab.compute.views import flavors as views
from stacklab.core.errors import BadRequest, NotFound
from stacklab.http.number import whole
from stacklab.http.pages import next_url, page
from stacklab.http.reply import Reply, accepted, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route

_ID = re.compile(r"[a-zA-Z0-9. _-]{1,255}\Z")


def index(compute: Compute, request: Request) -> Reply:
    query, found = _find(compute, request)
    listed = [views.brief(flavor, request.base, request.version) for flavor in found]
    return ok(_with_links({"flavors": listed}, request, query, found))


def detail(compute: Compute, request: Request) -> Reply:
    query, found = _find(compute, request)
    listed = [_whole(flavor, request) for flavor in found]
    return ok(_with_links({"flavors": listed}, request, query, found))


def show(compute: Compute, request: Request) -> Reply:
    return ok({"flavor": _whole(compute.flavors.get(request.ctx, request.path["id"]), request)})


def create(compute: Compute, request: Request) -> Reply:
    body: CreateFlavor = request.body
    sent = body.flavor
    if sent.description is not UNSET and request.version < (2, 55):
        raise invalid("flavor", "Additional properties are not allowed ('description' was unexpected)")
    new = NewFlavor(
        name=plain_name(sent.name),
        ram_mb=number(sent.ram, "ram", 1),
        vcpus=number(sent.vcpus, "vcpus", 1),
        disk_gb=number(sent.disk, "disk"),
        id=_id(sent.id),
        ephemeral_gb=number(sent.ephemeral, "OS-FLV-EXT-DATA:ephemeral"),
        swap_mb=number(sent.swap, "swap"),
        rxtx_factor=_factor(sent.rxtx_factor),
        public=truth(sent.public, "os-flavor-access:is_public"),
        description=given(sent.description),
    )
    return ok({"flavor": _whole(compute.flavors.create(request.ctx, new), request)})


def update(compute: Compute, request: Request) -> Reply:
    body: UpdateFlavor = request.body
    flavor = compute.flavors.describe(request.ctx, request.path["id"], body.flavor.description)
    return ok({"flavor": _whole(flavor, request)})


def delete(compute: Compute, request: Request) -> Reply:
    compute.flavors.delete(request.ctx, request.path["id"])
    return accepted()


# --- extra specs


def specs(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:flavors:specs:index")
    return ok({"extra_specs": compute.flavors.get(request.ctx, request.path["flavor_id"]).extra_specs})


def put_specs(compute: Compute, request: Request) -> Reply:
    body: PutSpecs = request.body
    wanted = {key: str(value) for key, value in body.extra_specs.items()}
    return ok({"extra_specs": compute.flavors.put_specs(request.ctx, request.path["flavor_id"], wanted)})


def show_spec(compute: Compute, request: Request) -> Reply:
    request.ctx.authorize("compute:flavors:specs:index")
    flavor, key = compute.flavors.get(request.ctx, request.path["flavor_id"]), request.path["id"]
    if key not in flavor.extra_specs:
        raise NotFound(f"Flavor {flavor.id} has no extra specs with key {key}.")
    return ok({key: flavor.extra_specs[key]})


def put_spec(compute: Compute, request: Request) -> Reply:
    key = request.path["id"]
    body: dict[str, Any] = request.body
    if list(body) != [key]:
        raise BadRequest("Request body and URI mismatch")
    return ok(compute.flavors.put_specs(request.ctx, request.path["flavor_id"], {key: str(body[key])}))


def delete_spec(compute: Compute, request: Request) -> Reply:
    compute.flavors.delete_spec(request.ctx, request.path["flavor_id"], request.path["id"])
    return Reply(200)


# --- access


def access(compute: Compute, request: Request) -> Reply:
    flavor_id = request.path["flavor_id"]
    return ok(_access(flavor_id, compute.flavors.access(request.ctx, flavor_id)))


def grant(compute: Compute, request: Request) -> Reply:
    body: Access = request.body
    flavor_id = request.path["id"]
    _check_project(compute, body.tenant)
    return ok(_access(flavor_id, compute.flavors.grant(request.ctx, flavor_id, body.tenant)))


def revoke(compute: Compute, request: Request) -> Reply:
    body: Access = request.body
    flavor_id = request.path["id"]
    _check_project(compute, body.tenant)
    return ok(_access(flavor_id, compute.flavors.revoke(request.ctx, flavor_id, body.tenant)))


def _check_project(compute: Compute, project_id: str) -> None:
    if compute.identity is not None and compute.identity.project(project_id) is None:
        raise BadRequest(f"Project ID {project_id} is not a valid project.")


def _access(flavor_id: str, projects: list[str]) -> dict[str, Any]:
    return {"flavor_access": [{"flavor_id": flavor_id, "tenant_id": project} for project in projects]}


# --- reading and presenting


def _find(compute: Compute, request: Request) -> tuple[FlavorQuery, list[Flavor]]:
    asked = page(request)
    query = FlavorQuery(
        public=_public(request.query.get("is_public")),
        min_ram=_least(request, "minRam"),
        min_disk=_least(request, "minDisk"),
        sort=request.query.get("sort_key") or "flavorid",
        descending=_descending(request.query.get("sort_dir")),
        limit=asked.limit,
        marker=asked.marker,
    )
    return query, compute.flavors.index(request.ctx, query)


def _public(text: str | None) -> bool | None:
    if text is None:
        return True
    if text.lower() == "none":
        return None
    if text.lower() not in ("true", "false", "1", "0", "t", "f", "yes", "no", "on", "off", "y", "n"):
        raise BadRequest(f"Invalid is_public filter [{text}]")
    return truth(text, "is_public")


def _least(request: Request, name: str) -> int:
    text = request.query.get(name, "0") or ""
    number = whole(text)
    if number is None or number < 0:
        raise BadRequest(f"Invalid {name} filter [{text}]")
    return number


def _descending(text: str | None) -> bool:
    if text not in (None, "asc", "desc"):
        raise BadRequest("Unknown sort direction, must be one of: asc, desc")
    return text == "desc"


def _id(value: str | int | None) -> str:
    if value is None or value == "auto":
        return ""
    text = str(value)
    if not _ID.match(text) or text != text.strip():
        raise invalid("id", f"Value: {text}. '{text}' has characters that a flavor's id cannot have")
    return text


def _factor(value: float | str) -> float:
    try:
        factor = float(value)
    except ValueError:
        factor = 0.0
    if not 0 < factor < 3.4e38:
        raise invalid("rxtx_factor", f"Value: {value}. It must be a number above 0")
    return factor


def _whole(flavor: Flavor, request: Request) -> dict[str, Any]:
    return views.detail(flavor, request.base, request.version, request.ctx.can("compute:flavors:specs:index"))


def _with_links(body: dict[str, Any], request: Request, query: FlavorQuery, found: list[Flavor]) -> dict[str, Any]:
    if found and len(found) == query.limit:
        limit = query.limit if "limit" in request.query else None
        body["flavors_links"] = [{"rel": "next", "href": next_url(request, found[-1].id, limit)}]
    return body


_SPECS = "/v2.1/flavors/{flavor_id}/os-extra_specs"
_Spec = dict[str, str | int | float]
ROUTES = [
    Route("GET", "/v2.1/flavors", index),
    Route("POST", "/v2.1/flavors", create, body=CreateFlavor),
    Route("GET", "/v2.1/flavors/detail", detail),
    Route("GET", "/v2.1/flavors/{id}", show),
    Route("PUT", "/v2.1/flavors/{id}", update, body=UpdateFlavor, lowest=(2, 55)),
    Route("DELETE", "/v2.1/flavors/{id}", delete),
    Route("POST", "/v2.1/flavors/{id}/action", grant, body=Access, action="addTenantAccess"),
    Route("POST", "/v2.1/flavors/{id}/action", revoke, body=Access, action="removeTenantAccess"),
    Route("GET", "/v2.1/flavors/{flavor_id}/os-flavor-access", access),
    Route("GET", _SPECS, specs),
    Route("POST", _SPECS, put_specs, body=PutSpecs),
    Route("GET", f"{_SPECS}/{{id}}", show_spec),
    Route("PUT", f"{_SPECS}/{{id}}", put_spec, body=_Spec),
    Route("DELETE", f"{_SPECS}/{{id}}", delete_spec),
]
