"""Properties of a namespace."""

from stacklab.core.errors import NotFound
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.images.metadefs import bodies, namespaces, parts, views
from stacklab.images.service import Images

_READ_ONLY = ("created_at", "updated_at")


def index(_service: Images, request: Request) -> Reply:
    found = parts.index(request.ctx, request.path["namespace"], "property")
    return ok({"properties": {one.name: one.document for one in found}})


def create(_service: Images, request: Request) -> Reply:
    asked = bodies.check(request.body, bodies.NamedProperty, "property", _READ_ONLY)
    document = bodies.document(asked)
    return created(
        views.property_(parts.create(request.ctx, request.path["namespace"], "property", asked.name, document))
    )


def show(_service: Images, request: Request) -> Reply:
    """`?resource_type=` asks for the property by its name on that type, with the association's prefix."""
    space, name = request.path["namespace"], request.path["property"]
    resource_type = request.query.get("resource_type")
    if resource_type:
        association = parts.show(request.ctx, space, "association", resource_type)
        prefix = association.document.get("prefix")
        if not prefix or not name.startswith(prefix):
            raise NotFound(
                f"Property {name} does not start with the expected resource type association prefix of '{prefix}'."
            )
        name = name.removeprefix(prefix)
    return ok(views.property_(parts.show(request.ctx, space, "property", name)))


def update(_service: Images, request: Request) -> Reply:
    asked = bodies.check(request.body, bodies.NamedProperty, "property", _READ_ONLY)
    space, name = request.path["namespace"], request.path["property"]
    return ok(views.property_(parts.update(request.ctx, space, "property", name, asked.name, bodies.document(asked))))


def delete(_service: Images, request: Request) -> Reply:
    parts.delete(request.ctx, request.path["namespace"], "property", request.path["property"])
    return no_content()


def clear(_service: Images, request: Request) -> Reply:
    namespaces.clear(request.ctx, request.path["namespace"], "property")
    return no_content()
