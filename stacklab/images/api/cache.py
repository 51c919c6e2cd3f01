"""The image cache, for operators."""

from stacklab.http.reply import Reply, accepted, no_content, ok
from stacklab.http.request import Request
from stacklab.images import cache
from stacklab.images.service import Images


def index(_service: Images, request: Request) -> Reply:
    return ok(cache.state(request.ctx))


def add(_service: Images, request: Request) -> Reply:
    cache.add(request.ctx, request.path["image_id"])
    return accepted()


def remove(_service: Images, request: Request) -> Reply:
    cache.remove(request.ctx, request.path["image_id"])
    return no_content()


def clear(_service: Images, request: Request) -> Reply:
    cache.clear(request.ctx, request.headers.get("x-image-cache-clear-target", "").lower())
    return no_content()


def clean(_service: Images, request: Request) -> Reply:
    cache.clean(request.ctx)
    return Reply(200)


def prune(_service: Images, request: Request) -> Reply:
    return ok(cache.prune(request.ctx))
