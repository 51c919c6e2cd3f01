"""Containers as web sites, in front of GET and HEAD: for browsers without a token, by a temporary URL, or that ask.

Everything a page needs is weighed as a request of it would be: what a site shows, its visitor may read.
"""

from collections.abc import Awaitable
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from stacklab.core import clock
from stacklab.core.errors import Failure, NotFound
from stacklab.http.body import Receive
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import PREFIX, access, lifetime, listing, metadata, model, staticweb
from stacklab.objects.access import Place
from stacklab.objects.api import kind_fields, places, reading
from stacklab.objects.api.containers import fields
from stacklab.objects.api.gate import Call
from stacklab.objects.faults import MEDIA
from stacklab.objects.listing import Page
from stacklab.objects.model import Container
from stacklab.objects.rights import Verdict
from stacklab.objects.service import Objects
from stacklab.objects.staticweb import Row, Site

_ABOUT = ("range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range")
"""Headers that are about what was asked for, not about the error page in its place."""
_CARRIED = ("temp_url_prefix", "temp_url_expires", "temp_url_sig", "temp_url_ip_range")


class Visit(Struct, frozen=True):
    """One request of a site; `call` is what the API itself answers."""

    service: Objects
    request: Request
    there: Place
    holder: Container
    site: Site
    call: Call

    @property
    def name(self) -> str:
        return self.there.object

    def has(self, name: str) -> bool:
        entry = model.entry(self.holder.id, name)
        return entry is not None and not lifetime.is_over(entry.ends, clock.now())


def before(call: Call) -> Call:
    """The handler of a container or object, with its site in front."""

    def enter(service: Objects, request: Request) -> Awaitable[Reply | Asgi]:
        if request.ctx.user_id and "x-web-mode" not in request.headers:
            return call(service, request)
        return _visited(service, request, call)

    return enter


async def _visited(service: Objects, request: Request, call: Call) -> Reply | Asgi:
    anonymous = not request.ctx.user_id
    holder = model.container(request.path["account"], request.path["container"])
    if holder is None or not staticweb.serves(request.method, anonymous, access.by_link(request), request.headers):
        return await call(service, request)
    site = staticweb.site(holder.meta)
    there = Place(service.account(holder.account), holder, request.path.get("object", ""))
    visit = Visit(service, request, there, holder, site, call)
    if there.object:
        return await _of_object(visit) if site.active else await call(service, request)
    try:
        return await _of_container(visit)
    except Failure as failure:
        return await _failed(visit, failure)


async def _of_container(visit: Visit) -> Reply | Asgi:
    places.found(visit.service, visit.request)
    site, web_mode = visit.site, bool(visit.request.ctx.user_id)
    slash = visit.request.target.endswith("/")
    step = staticweb.of_container(site, slash, bool(site.index) and visit.has(site.index), web_mode)
    return await _take(visit, step, "")


async def _of_object(visit: Visit) -> Reply | Asgi:
    places.found(visit.service, visit.request)
    try:
        if not _stands_for_folder(visit):
            return await visit.call(visit.service, visit.request)
    except NotFound:
        pass
    try:
        return await _of_missing(visit)
    except NotFound as missing:
        return await _failed(visit, missing)


def _stands_for_folder(visit: Visit) -> bool:
    entry = model.entry(visit.holder.id, visit.name)
    return entry is not None and staticweb.stands_for_folder(visit.site, entry.media, entry.size)


async def _of_missing(visit: Visit) -> Reply | Asgi:
    slash = visit.name.endswith("/")
    folder = visit.name if slash else f"{visit.name}/"
    has_index = bool(visit.site.index) and visit.has(folder + visit.site.index)
    if slash and not has_index and visit.site.listings:
        access.require(visit.request, Place(visit.there.account, visit.holder))  # whether anything is there is not told
    has_below = _lists(visit) and bool(_rows(visit, folder, 1))
    return await _take(visit, staticweb.of_missing(visit.site, slash, has_index, has_below), folder)


async def _take(visit: Visit, step: staticweb.Step, folder: str) -> Reply | Asgi:
    if step == "plain":
        return await visit.call(visit.service, visit.request)
    if step == "missing":
        raise NotFound("")
    if step == "redirect":
        # By path alone: a proxy in front may serve the site under another name.
        return Reply(301, b"", {"location": quote(f"{visit.request.target}/")}, MEDIA)
    if step == "index":
        return await _object(visit, folder + visit.site.index)
    path = visit.request.target.removeprefix(PREFIX)
    if step == "disabled":
        raise NotFound(staticweb.disabled(visit.site, path, folder))
    return _listing(visit, path, folder)


async def _object(visit: Visit, name: str) -> Reply | Asgi:
    """An object of the container as the answer. Raises what a GET of it would."""
    access.require(visit.request, Place(visit.there.account, visit.holder, name))
    return await reading.show(visit.service, visit.request, Place(visit.there.account, visit.holder, name))


def _lists(visit: Visit) -> bool:
    return access.weigh(visit.request, Place(visit.there.account, visit.holder)) is not Verdict.DENIED


def _rows(visit: Visit, prefix: str, most: int) -> list[tuple[Any, ...] | str]:
    page = Page(most, prefix=prefix, delimiter="/")
    return listing.fetch("objects", kind_fields.COLUMNS, "container", visit.holder.id, page)


def _listing(visit: Visit, path: str, folder: str) -> Reply:
    access.require(visit.request, Place(visit.there.account, visit.holder))
    found = _rows(visit, folder, metadata.LIMITS["container_listing_limit"])
    shown = [Row(row) for row in found if isinstance(row, str)]
    for row in found:
        if not isinstance(row, str):
            told = fields(row) | kind_fields.beside(visit.holder.account, visit.holder, row)
            shown.append(Row(told["name"], told["content_type"], told["bytes"], told["last_modified"]))
    query, signed = _carried(visit.request)
    body = staticweb.listing(visit.site, path, folder, shown, query, up=len(folder) > len(signed))
    return Reply(200, body.encode(), {}, MEDIA)


def _carried(request: Request) -> tuple[str, str]:
    """What links of a listing must have in their query to be good for a visitor by a link, and the link's prefix."""
    prefix = request.query.get("temp_url_prefix")
    if not access.by_link(request) or prefix is None:
        return "", ""
    said = [f"{name}={quote(value)}" for name in _CARRIED if (value := request.query.get(name)) is not None]
    return "&".join([*said, *(["inline"] if "inline" in request.query else [])]), prefix


async def _failed(visit: Visit, failure: Failure) -> Reply | Asgi:
    """The site's own page for a failure; the failure again where it has none."""
    if not visit.site.error:
        raise failure
    for name in _ABOUT:
        visit.request.headers.pop(name, None)
    try:
        page = await _object(visit, f"{failure.status}{visit.site.error}")
    except Failure:
        raise failure from None
    if isinstance(page, Reply):
        return Reply(failure.status, page.body, page.headers, page.media)
    return _As(failure.status, page)


class _As(Struct, frozen=True):
    """Somebody else's answer with another status."""

    status: int
    answer: Asgi

    async def __call__(self, scope: Any, receive: Receive, send: Any) -> None:
        async def changing(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["status"] = self.status
            await send(message)

        await self.answer(scope, receive, changing)
