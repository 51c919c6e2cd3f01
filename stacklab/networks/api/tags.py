"""Tags of a resource: all of them, or one."""

from stacklab.http.reply import Reply, no_content, ok
from stacklab.http.request import Request
from stacklab.networks import refusals, tags
from stacklab.networks.model import Resource
from stacklab.networks.service import Networks


def index(_service: Networks, request: Request) -> Reply:
    return ok({"tags": tags.of(_found(request))})


def replace(_service: Networks, request: Request) -> Reply:
    wanted = [_tag(tag) for tag in request.body.tags]
    return ok({"tags": tags.put(request.ctx, *_where(request), wanted, keep=False)})


def clear(_service: Networks, request: Request) -> Reply:
    tags.put(request.ctx, *_where(request), [], keep=False)
    return no_content()


def show(_service: Networks, request: Request) -> Reply:
    tags.check(request.ctx, *_where(request), request.path["tag"])
    return no_content()


def add(_service: Networks, request: Request) -> Reply:
    tags.put(request.ctx, *_where(request), [_tag(request.path["tag"])], keep=True)
    return Reply(201)


def remove(_service: Networks, request: Request) -> Reply:
    tags.remove(request.ctx, *_where(request), request.path["tag"])
    return no_content()


def _where(request: Request) -> tuple[str, str]:
    return request.path["collection"], request.path["id"]


def _found(request: Request) -> Resource:
    return tags.find(request.ctx, *_where(request))


def _tag(text: str) -> str:
    """Neutron's: 1 to 60 characters, no comma (it separates tags in a filter), no slash."""
    if not 0 < len(text) <= 60 or "," in text or "/" in text:
        raise refusals.bad_value("tags", text, "is not a valid tag")
    return text
