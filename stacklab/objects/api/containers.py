"""Containers: what they hold, their metadata, the list of their objects."""

import asyncio
from functools import partial
from typing import Any

from stacklab.core.db.synced import synced
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import containers, listing, metadata, quotas, sync
from stacklab.objects.access import Place
from stacklab.objects.api import bulk, forms, kind_fields, listings, places, version_listing
from stacklab.objects.listing import Page
from stacklab.objects.model import Container
from stacklab.objects.room import Room
from stacklab.objects.service import Objects


async def show(service: Objects, request: Request) -> Reply:
    there = places.found(service, request)
    holder = places.container_of(there)
    headers = _headers(there, service.room) | listings.vary(request)
    form = listings.media(request)
    if request.method == "HEAD":
        return Reply(204, None, {**headers, "content-type": f"{form}; charset=utf-8"})
    if "versions" in request.query:
        return version_listing.show(request, there, headers)
    page = listings.asked(request, metadata.LIMITS["container_listing_limit"])
    if form == listings.JSON and not page.delimiter:
        lines = listing.lines(holder.id, page)
        if lines is not None:
            return listings.joined(lines, headers)
    found = await _rows(holder, page)

    def whole(row: tuple[Any, ...]) -> dict[str, Any]:
        return {**fields(row), **kind_fields.beside(there.account.name, holder, row)} if row[8] else fields(row)

    return listings.render("object", form, found, whole if form == listings.JSON else fields, headers, holder.name)


async def _rows(holder: Container, page: Page) -> list[tuple[Any, ...] | str]:
    """In a folder's page the folders within it have no row: half a million of them may have to be passed over, for
    which nobody else waits."""
    asked = partial(listing.fetch, "objects", kind_fields.COLUMNS, "container", holder.id, page)
    return await asyncio.to_thread(asked) if page.folder else asked()


def fields(row: tuple[Any, ...]) -> dict[str, Any]:
    """From (container, name, etag, size, media, modified, …)."""
    _container, name, etag, size, media, modified, *_more = row
    return {
        "name": name,
        "hash": etag,
        "bytes": size,
        "content_type": media,
        "last_modified": listings.iso(modified),
    }


def _headers(there: Place, room: Room) -> dict[str, str]:
    holder = places.container_of(there)
    return {
        "x-container-object-count": str(holder.objects),
        "x-container-bytes-used": str(holder.bytes),
        "x-timestamp": places.timestamp(holder.created_at),
        "last-modified": places.http_date(holder.created_at),
        "x-storage-policy": room.policies[0],
        "accept-ranges": "bytes",
        **metadata.told(holder.metadata, there.owner),
        **(quotas.of_tier_for_container(there.account.metadata, room.tiers) if there.owner else {}),
    }


async def create(service: Objects, request: Request) -> Reply | Asgi:
    if bulk.wanted(request):
        return await bulk.answer(service, request)
    there = places.found(service, request)
    name = request.path["container"]
    sync.check(request.headers, service.realms, there.container)
    reseller = places.reseller(request)
    new = containers.put(there.account.name, name, request.headers, there.owner, service.room, reseller)
    await synced()
    return places.done(201 if new else 202)


async def update(service: Objects, request: Request) -> Reply | Asgi:
    if bulk.wanted(request):
        return await bulk.answer(service, request)
    if forms.wanted(request):
        return await forms.answer(service, request)
    there = places.found(service, request)
    sync.check(request.headers, service.realms, there.container)
    containers.update(places.container_of(there), request.headers, there.owner)
    await synced()
    return places.done(204)


async def delete(service: Objects, request: Request) -> Reply | Asgi:
    if bulk.wanted(request):
        return await bulk.answer(service, request)
    there = places.found(service, request)
    containers.delete(places.container_of(there))
    await synced()
    return places.done(204)
