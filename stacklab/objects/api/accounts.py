"""Accounts: what they hold, their metadata, the list of their containers."""

from typing import Any

from stacklab.core import clock
from stacklab.core.db.database import transaction
from stacklab.core.db.synced import synced
from stacklab.core.errors import Forbidden, NotFound
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import account_acl, accounts, listing, metadata, model, quotas
from stacklab.objects.api import bulk, listings, places
from stacklab.objects.model import Account
from stacklab.objects.service import Objects

_COLUMNS = "id, name, objects, bytes, created_at"


async def show(service: Objects, request: Request) -> Reply:
    there = places.found(service, request)
    headers = _headers(there.account, there.owner) | listings.vary(request)
    form = listings.media(request)
    if request.method == "HEAD":
        return Reply(204, None, {**headers, "content-type": f"{form}; charset=utf-8"})
    page = listings.asked(request, metadata.LIMITS["account_listing_limit"])
    found = listing.fetch("objects_containers", _COLUMNS, "account", there.account.name, page)
    return listings.render("container", form, found, _fields, headers, there.account.name)


def _fields(row: tuple[Any, ...]) -> dict[str, Any]:
    _id, name, objects, size, created_at = row
    return {"name": name, "count": objects, "bytes": size, "last_modified": listings.iso(created_at)}


def _headers(account: Account, owner: bool) -> dict[str, str]:
    told = {name: value for name, value in account.metadata.items() if name.startswith("x-account-meta-")}
    rules = account.metadata.get(account_acl.HEADER, "")
    quota = account.metadata.get("quota-bytes")
    return {
        "x-account-container-count": str(account.containers),
        "x-account-object-count": str(account.objects),
        "x-account-bytes-used": str(account.bytes),
        "x-account-storage-policy-default-container-count": str(account.containers),
        "x-account-storage-policy-default-object-count": str(account.objects),
        "x-account-storage-policy-default-bytes-used": str(account.bytes),
        "x-timestamp": places.timestamp(account.created_at or clock.now()),
        "accept-ranges": "bytes",
        **metadata.told(told, owner),
        **(quotas.shown(account.metadata) if owner else {}),
        **({"x-account-meta-quota-bytes": quota} if quota else {}),
        **({account_acl.HEADER: rules} if rules and owner else {}),
    }


async def create(service: Objects, request: Request) -> Reply | Asgi:
    if bulk.wanted(request):
        return await bulk.answer(service, request)
    there = places.found(service, request)
    new = model.account(there.account.name) is None
    accounts.update(there.account.name, request.headers, there.owner, places.reseller(request))
    await synced()
    return places.done(201 if new else 202)


async def update(service: Objects, request: Request) -> Reply | Asgi:
    if bulk.wanted(request):
        return await bulk.answer(service, request)
    there = places.found(service, request)
    accounts.update(there.account.name, request.headers, there.owner, places.reseller(request))
    await synced()
    return places.done(204)


async def delete(service: Objects, request: Request) -> Reply | Asgi:
    if bulk.wanted(request):
        return await bulk.answer(service, request)
    there = places.found(service, request)
    if not places.reseller(request):
        raise Forbidden("")
    with transaction():
        if not accounts.delete(there.account.name):
            raise NotFound("")
    await synced()
    return places.done(204)
