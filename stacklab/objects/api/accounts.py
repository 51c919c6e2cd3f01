"""Accounts: what they hold, their metadata, the list of their containers."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from stacklab.core import clock
from stacklab.core.db.database import transaction
from stacklab.core.db.synced import synced
from stacklab.core.errors import Forbidden, NotFound
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import account_acl, accounts, listing, metadata, model, policies, quotas
from stacklab.objects.access import Place
from stacklab.objects.api import bulk, listings, places
from stacklab.objects.model import Account
from stacklab.objects.policies import Use
from stacklab.objects.room import Room
from stacklab.objects.service import Objects

_COLUMNS = "id, name, objects, bytes, created_at, metadata"


async def show(service: Objects, request: Request) -> Reply:
    there = places.found(service, request)
    known = service.room.policies
    headers = _headers(there.account, there.owner, service.room) | listings.vary(request)
    form = listings.media(request)
    if request.method == "HEAD":
        return Reply(204, None, {**headers, "content-type": f"{form}; charset=utf-8"})
    page = listings.asked(request, metadata.LIMITS["account_listing_limit"])
    found = listing.fetch("objects_containers", _COLUMNS, "account", there.account.name, page)
    return listings.render("container", form, found, partial(_fields, known[0]), headers, there.account.name)


def _fields(default: str, row: tuple[Any, ...]) -> dict[str, Any]:
    _id, name, objects, size, created_at, kept = row
    policy = model.metadata(kept).get(policies.HEADER, default)
    told = {"name": name, "count": objects, "bytes": size, "last_modified": listings.iso(created_at)}
    return {**told, "storage_policy": policy}


def _by_policy(account: Account, known: Sequence[str]) -> dict[str, str]:
    whole = Use(account.containers, account.objects, account.bytes)
    told: dict[str, str] = {}
    for name, use in policies.used(account.name, whole, known).items():
        names = ("container-count", "object-count", "bytes-used")
        told |= {f"x-account-storage-policy-{name.lower()}-{what}": str(n) for what, n in zip(names, use, strict=True)}
    return told


def _headers(account: Account, owner: bool, room: Room) -> dict[str, str]:
    told = {name: value for name, value in account.metadata.items() if name.startswith("x-account-meta-")}
    rules = account.metadata.get(account_acl.HEADER, "")
    quota = account.metadata.get("quota-bytes")
    return {
        "x-account-container-count": str(account.containers),
        "x-account-object-count": str(account.objects),
        "x-account-bytes-used": str(account.bytes),
        **_by_policy(account, room.policies),
        "x-timestamp": places.timestamp(account.created_at or clock.now()),
        "accept-ranges": "bytes",
        **metadata.told(told, owner),
        **(quotas.shown(account.metadata) | quotas.of_tier(account.metadata, room.tiers) if owner else {}),
        **({"x-account-meta-quota-bytes": quota} if quota else {}),
        **({account_acl.HEADER: rules} if rules and owner else {}),
    }


async def create(service: Objects, request: Request) -> Reply | Asgi:
    if bulk.wanted(request):
        return await bulk.answer(service, request)
    there = places.found(service, request)
    new = model.account(there.account.name) is None
    _change(service, request, there)
    await synced()
    return places.done(201 if new else 202)


def _change(service: Objects, request: Request, there: Place) -> None:
    known, reseller = service.room.policies, places.reseller(request)
    accounts.update(there.account.name, request.headers, there.owner, reseller, known)


async def update(service: Objects, request: Request) -> Reply | Asgi:
    if bulk.wanted(request):
        return await bulk.answer(service, request)
    there = places.found(service, request)
    _change(service, request, there)
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
