"""Images themselves: list, show, create, JSON patch, delete, deactivate."""

from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.images import access, images, listing, patch, search, views
from stacklab.images.imports import METHODS
from stacklab.images.service import Images
from stacklab.images.stores import STORE

_OFFERED = {"openstack-image-import-methods": ",".join(METHODS), "openstack-image-store-ids": STORE}


def index(service: Images, request: Request) -> Reply:
    asked = search.read(request.query)
    found = listing.page(request.ctx, asked)
    if service.protection:
        found = [service.protection.readable(request.ctx, image) for image in found]
    return ok(views.images(found, request.query, asked.limit))


def show(service: Images, request: Request) -> Reply:
    image = access.visible(request.ctx, request.path["image_id"])
    return ok(views.image(service.protection.readable(request.ctx, image)))


def create(service: Images, request: Request) -> Reply:
    image = images.create(request.ctx, request.body, service.settings.quota.images, service.protection)
    reply = created(
        views.image(service.protection.readable(request.ctx, image)), f"{request.base}/v2/images/{image.id}"
    )
    reply.headers = {**reply.headers, **_OFFERED}
    return reply


async def update(service: Images, request: Request) -> Reply:
    """Reads the body itself: the media type decides what the JSON means."""
    changes = patch.decode(request.headers.get("content-type", ""), await request.read())
    image = images.update(request.ctx, request.path["image_id"], changes, service.protection)
    return ok(views.image(service.protection.readable(request.ctx, image)))


def delete(service: Images, request: Request) -> Reply:
    images.delete(request.ctx, request.path["image_id"], service.store, service.bus)
    return no_content()


def deactivate(_service: Images, request: Request) -> Reply:
    images.set_active(request.ctx, request.path["image_id"], active=False)
    return no_content()


def reactivate(_service: Images, request: Request) -> Reply:
    images.set_active(request.ctx, request.path["image_id"], active=True)
    return no_content()
