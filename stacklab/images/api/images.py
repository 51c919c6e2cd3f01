"""Images themselves: list, show, create, JSON patch, delete, deactivate."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from stacklab.core.db.database import transaction
from stacklab.http.reply import Reply, created, no_content, ok
from stacklab.http.request import Request
from stacklab.images import access, images, listing, location_patch, locations, patch, search, views
from stacklab.images.model import Image
from stacklab.images.service import Images

_SLOW = ThreadPoolExecutor(2, "locations")
"""For answers of other servers, so that none of them holds the threads that bytes of images go through."""


def index(service: Images, request: Request) -> Reply:
    asked = search.read(request.query, partial(service.protection.reads, request.ctx))
    found = listing.page(request.ctx, asked)
    if service.protection:
        found = [service.protection.readable(request.ctx, image) for image in found]
    body = views.images(found, request.query, asked.limit, service.stores.shown)
    if service.settings.images.show_locations:
        where = locations.shown_of(service.stores, found)
        body["images"] = [{**views.image(one, service.stores.shown), "locations": where[one.id]} for one in found]
    return ok(body)


def show(service: Images, request: Request) -> Reply:
    return ok(_shown(service, request, access.visible(request.ctx, request.path["image_id"])))


def create(service: Images, request: Request) -> Reply:
    image = images.create(request.ctx, request.body, service.settings.quota.images, service.protection)
    reply = created(_shown(service, request, image), f"{request.base}/v2/images/{image.id}")
    reply.headers = {**reply.headers, **_offered(service)}
    return reply


def _offered(service: Images) -> dict[str, str]:
    """What can be done next, and where to."""
    offered = {"openstack-image-import-methods": service.methods, "openstack-image-store-ids": service.stores.ids}
    return {name: ",".join(values) for name, values in offered.items()}


async def update(service: Images, request: Request) -> Reply:
    """Reads the body itself: the media type decides what the JSON means."""
    image_id, raw = request.path["image_id"], await request.read()
    changes = patch.decode(request.headers.get("content-type", ""), raw)
    moves = [change for change in changes if change.name == patch.LOCATIONS]
    rest = [change for change in changes if change.name != patch.LOCATIONS]
    sizes: dict[str, int | None] = {}
    if moves:
        location_patch.require_shown(service.settings)
        access.changeable(request.ctx, image_id, "images:locations:set")
        loop = asyncio.get_running_loop()
        sizes = await loop.run_in_executor(_SLOW, location_patch.measure, service.settings, moves)
    with transaction():
        image = images.update(request.ctx, image_id, rest, service.protection)
        if moves:
            image = location_patch.apply(request.ctx, service.stores.web, image_id, moves, sizes)
    return ok(_shown(service, request, image))


def _shown(service: Images, request: Request, image: Image) -> dict[str, Any]:
    body = views.image(service.protection.readable(request.ctx, image), service.stores.shown)
    return (
        {**body, "locations": locations.shown(service.stores, image)}
        if service.settings.images.show_locations
        else body
    )


def delete(service: Images, request: Request) -> Reply:
    images.delete(request.ctx, request.path["image_id"], service.stores, service.bus)
    return no_content()


def deactivate(_service: Images, request: Request) -> Reply:
    images.set_active(request.ctx, request.path["image_id"], active=False)
    return no_content()


def reactivate(_service: Images, request: Request) -> Reply:
    images.set_active(request.ctx, request.path["image_id"], active=True)
    return no_content()
