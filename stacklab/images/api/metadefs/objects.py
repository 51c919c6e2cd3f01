"""Objects of a namespace: properties that belong together."""

from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.images.metadefs import bodies, namespaces, parts, views
from stacklab.images.service import Images


def index(_service: Images, request: Request) -> Reply:
    space = request.path["namespace"]
    shown = [views.object_(space, one) for one in parts.index(request.ctx, space, "object")]
    return ok({"objects": shown, "schema": "v2/schemas/metadefs/objects"})


def create(_service: Images, request: Request) -> Reply:
    space, asked = request.path["namespace"], bodies.check(request.body, bodies.Object, "object")
    made = parts.create(request.ctx, space, "object", asked.name, bodies.document(asked))
    return created(views.said(space, made))


def show(_service: Images, request: Request) -> Reply:
    space = request.path["namespace"]
    return ok(views.object_(space, parts.show(request.ctx, space, "object", request.path["object"])))


def update(_service: Images, request: Request) -> Reply:
    space, asked = request.path["namespace"], bodies.check(request.body, bodies.Object, "object")
    document = bodies.document(asked)
    changed = parts.update(request.ctx, space, "object", request.path["object"], asked.name, document)
    return ok(views.said(space, changed))


def delete(_service: Images, request: Request) -> Reply:
    parts.delete(request.ctx, request.path["namespace"], "object", request.path["object"])
    return no_content()


def clear(_service: Images, request: Request) -> Reply:
    namespaces.clear(request.ctx, request.path["namespace"], "object")
    return no_content()
