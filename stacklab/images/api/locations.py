"""Where an image's bytes are: told to other services, and added to."""

from stacklab.http.reply import Reply, accepted, ok
from stacklab.http.request import Request
from stacklab.images import locations
from stacklab.images.service import Images


def index(service: Images, request: Request) -> Reply:
    return ok(locations.listed(request.ctx, service.stores, request.path["image_id"]))


def add(service: Images, request: Request) -> Reply:
    locations.begin(request.ctx, service.settings, service.stores, request.path["image_id"], request.body)
    return accepted()
