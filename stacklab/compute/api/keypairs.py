"""/os-keypairs."""

from typing import Any

from msgspec import UNSET

from stacklab.compute.schemas.common import given, invalid, refuse_later
from stacklab.compute.schemas.keypairs import SINCE, CreateKeypair
from stacklab.compute.service import Compute
from stacklab.compute.views import keypairs as views
from stacklab.core.errors import BadRequest
from stacklab.http.pages import next_url, page
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route


def index(compute: Compute, request: Request) -> Reply:
    paged = request.version >= (2, 35)
    asked = page(request) if paged else None
    limit = asked.limit if asked else 1000
    found = compute.keypairs.index(request.ctx, _user(request), limit, asked.marker if asked else None)
    body: dict[str, Any] = {"keypairs": [{"keypair": views.brief(pair, request.version)} for pair in found]}
    if paged and found and len(found) == limit and "limit" in request.query:
        body["keypairs_links"] = [{"rel": "next", "href": next_url(request, found[-1].name, limit)}]
    return ok(body)


def show(compute: Compute, request: Request) -> Reply:
    pair = compute.keypairs.get(request.ctx, request.path["id"], _user(request))
    return ok({"keypair": views.detail(pair, request.version)})


def create(compute: Compute, request: Request) -> Reply:
    body: CreateKeypair = request.body
    sent = body.keypair
    refuse_later(sent, SINCE, request.version, "keypair")
    if sent.public_key is UNSET and request.version >= (2, 92):
        raise invalid("keypair", "'public_key' is a required property")
    pair, private = compute.keypairs.create(
        request.ctx,
        sent.name,
        given(sent.public_key),
        given(sent.type, "ssh"),
        given(sent.user_id),
        dots=request.version >= (2, 92),
    )
    status = 201 if request.version >= (2, 2) else 200
    return Reply(status, {"keypair": views.created(pair, private, request.version)})


def delete(compute: Compute, request: Request) -> Reply:
    compute.keypairs.delete(request.ctx, request.path["id"], _user(request))
    return Reply(204 if request.version >= (2, 2) else 202)


def _user(request: Request) -> str | None:
    """Whose: of another user only for administrators, and only since 2.10."""
    if request.version >= (2, 75) and (unknown := set(request.query.names()) - {"user_id", "limit", "marker"}):
        raise BadRequest(f"Invalid input for query parameters. Additional properties are not allowed ({unknown})")
    return request.query.get("user_id") if request.version >= (2, 10) else None


ROUTES = [
    Route("GET", "/v2.1/os-keypairs", index),
    Route("POST", "/v2.1/os-keypairs", create, body=CreateKeypair),
    Route("GET", "/v2.1/os-keypairs/{id}", show),
    Route("DELETE", "/v2.1/os-keypairs/{id}", delete),
]
