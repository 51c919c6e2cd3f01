"""What this site's Glance can do: its ways to import, its store."""

from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.images import imports as methods
from stacklab.images import stores
from stacklab.images.service import Images


def imports(_service: Images, _request: Request) -> Reply:
    value = list(methods.METHODS)
    return ok({"import-methods": {"description": "Import methods available.", "type": "array", "value": value}})


def index(_service: Images, _request: Request) -> Reply:
    return ok({"stores": stores.listed()})


def detail(_service: Images, request: Request) -> Reply:
    return ok({"stores": stores.detailed(request.ctx)})


def delete(_service: Images, request: Request) -> Reply:
    stores.delete(request.ctx, request.path["store_id"], request.path["image_id"])
    return no_content()
