"""Resource types, and which of them a namespace is for."""

from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.images.metadefs import access, bodies, model, parts, views
from stacklab.images.service import Images


def index(_service: Images, request: Request) -> Reply:
    access.require_reader(request.ctx, "images:metadefs:read")
    return ok({"resource_types": [views.resource_type(found) for found in model.resource_types()]})


def associations(_service: Images, request: Request) -> Reply:
    found = parts.index(request.ctx, request.path["namespace"], "association")
    return ok({"resource_type_associations": [views.association(one) for one in found]})


def create(_service: Images, request: Request) -> Reply:
    asked = bodies.check(request.body, bodies.Association, "resource_type_association", ("created_at", "updated_at"))
    return created(views.association(parts.add_association(request.ctx, request.path["namespace"], asked)))


def delete(_service: Images, request: Request) -> Reply:
    parts.delete(request.ctx, request.path["namespace"], "association", request.path["name"])
    return no_content()
