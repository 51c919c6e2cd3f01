"""Tags of a namespace."""

from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.images.metadefs import bodies, namespaces, parts, views
from stacklab.images.service import Images

_READ_ONLY = ("created_at", "updated_at")
_TRUE = ("1", "t", "true", "on", "y", "yes")


def index(_service: Images, request: Request) -> Reply:
    query = request.query
    limit, direction = namespaces.limit(query.get("limit"), namespaces.MOST), namespaces.direction(query)
    sort = query.get("sort_key") or "created_at"
    found = parts.tags(request.ctx, request.path["namespace"], limit, query.get("marker"), sort, direction)
    return ok({"tags": [{"name": one.name} for one in found]})


def create(_service: Images, request: Request) -> Reply:
    asked = bodies.check({"name": request.path["tag"]}, bodies.Tag, "tag", _READ_ONLY)
    return created(views.tag(parts.create(request.ctx, request.path["namespace"], "tag", asked.name, {})))


def create_many(_service: Images, request: Request) -> Reply:
    """These instead of those there are; with `X-Openstack-Append: true` beside them."""
    asked = bodies.check(request.body, bodies.Tags, "tags", _READ_ONLY)
    append = request.headers.get("x-openstack-append", "").lower() in _TRUE
    parts.replace_tags(request.ctx, request.path["namespace"], [tag.name for tag in asked.tags], append)
    return created({"tags": [{"name": tag.name} for tag in asked.tags]})


def show(_service: Images, request: Request) -> Reply:
    return ok(views.tag(parts.show(request.ctx, request.path["namespace"], "tag", request.path["tag"])))


def update(_service: Images, request: Request) -> Reply:
    asked = bodies.check(request.body, bodies.Tag, "tag", _READ_ONLY)
    space, name = request.path["namespace"], request.path["tag"]
    return ok(views.tag(parts.update(request.ctx, space, "tag", name, asked.name, {})))


def delete(_service: Images, request: Request) -> Reply:
    parts.delete(request.ctx, request.path["namespace"], "tag", request.path["tag"])
    return no_content()


def clear(_service: Images, request: Request) -> Reply:
    namespaces.clear(request.ctx, request.path["namespace"], "tag")
    return no_content()
