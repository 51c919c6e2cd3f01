"""Tags, one at a time."""

from stacklab.core.errors import NotFound
from stacklab.http.reply import Reply, no_content
from stacklab.http.request import Request
from stacklab.images import images
from stacklab.images.service import Images


def add(_service: Images, request: Request) -> Reply:
    images.tag(request.ctx, request.path["image_id"], request.path["tag"])
    return no_content()


def remove(_service: Images, request: Request) -> Reply:
    if not images.untag(request.ctx, request.path["image_id"], request.path["tag"]):
        raise NotFound("The resource could not be found.")
    return no_content()
