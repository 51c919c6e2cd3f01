"""What this site's Glance can do: its ways to import, its stores."""

from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.images import store_views
from stacklab.images.service import Images


def imports(service: Images, _request: Request) -> Reply:
    value = list(service.methods)
    return ok({"import-methods": {"description": "Import methods available.", "type": "array", "value": value}})


def index(service: Images, _request: Request) -> Reply:
    return ok({"stores": store_views.listed(service.stores)})


def detail(service: Images, request: Request) -> Reply:
    return ok({"stores": store_views.detailed(request.ctx, service.stores)})


def delete(service: Images, request: Request) -> Reply:
    store_views.delete(request.ctx, service.stores, request.path["store_id"], request.path["image_id"])
    return no_content()
