"""Objects: their bytes up and down, their metadata, copies."""

from urllib.parse import quote, unquote

from msgspec.structs import replace

from stacklab.core import clock
from stacklab.core.errors import BadRequest, LengthRequired, NotFound, PreconditionFailed, TooLarge
from stacklab.http import ranges
from stacklab.http.again import again
from stacklab.http.number import whole
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import access, content, copying, large, lifetime, links, metadata, model, objects
from stacklab.objects.access import Place
from stacklab.objects.api import bulk, forms, kinds, places, reading
from stacklab.objects.content import Found, Shown
from stacklab.objects.faults import TEXT
from stacklab.objects.large import DLO, SLO, SYMLINK
from stacklab.objects.model import Container, Entry
from stacklab.objects.service import Objects

_UNTOLD = ("x-static-large-object", "x-symlink-", "x-delete-at")  # by the answer to a copy


async def show(service: Objects, request: Request) -> Reply | Asgi:
    there = places.found(service, request)
    return await again(lambda: reading.show(service, request, there))


async def create(service: Objects, request: Request) -> Reply | Asgi:
    if bulk.wanted(request):
        return await bulk.answer(service, request)
    there = places.found(service, request)
    holder = places.container_of(there)
    metadata.check_object_name(there.object)
    if request.headers.get("x-copy-from"):
        kinds.refuse_copy(request)
        return await _copy_here(service, request, there)
    length = _check_length(request)
    service.room.require(there.account, holder, there.object, length, places.reseller(request))
    new = objects.described(request.headers, there.object)
    metadata.check_media(request.headers.get("content-type", ""))
    _check_new(request, holder, there.object, new)
    special = await kinds.create(service, request, there, _for(request, new))
    if special:
        return special
    entry = await objects.put(service, holder, there.object, request.stream(), _for(request, new))
    return places.done(201, {**_stored(entry), **kinds.version_headers(holder, entry)})


def _for(request: Request, new: objects.New) -> objects.New:
    return replace(new, reseller=places.reseller(request), moment=access.moment(request))


def _check_length(request: Request) -> int:
    """How many bytes are announced, 0 where it is not said. Raises LengthRequired, BadRequest, TooLarge before one is
    taken in."""
    length = request.headers.get("content-length")
    if length is None:
        if "chunked" not in request.headers.get("transfer-encoding", "").lower():
            raise LengthRequired("Missing Content-Length header.", headers=TEXT)
        return 0
    number = whole(length)
    if number is None or number < 0:
        raise BadRequest("Invalid Content-Length header value")
    if number > metadata.LIMITS["max_file_size"]:
        raise TooLarge("Your request is too large.", headers=TEXT)
    return number


def _check_new(request: Request, holder: Container, name: str, new: objects.New) -> None:
    """If-None-Match on a PUT knows `*` alone: only where nothing has the name.

    Raises BadRequest, PreconditionFailed.
    """
    asked = request.headers.get("if-none-match", "").strip()
    if asked and asked != "*":
        raise BadRequest("If-None-Match only supports *", headers=TEXT)
    links.check_manifest(request.headers.get(links.MANIFEST))
    there = model.entry(holder.id, name) if new.fresh else None
    if there and not lifetime.is_over(there.ends, clock.now()):
        raise PreconditionFailed("")


def _stored(entry: Entry) -> dict[str, str]:
    return {"etag": entry.etag, "last-modified": places.http_date(entry.modified)}


async def update(service: Objects, request: Request) -> Reply | Asgi:
    if bulk.wanted(request):
        return await bulk.answer(service, request)
    if forms.wanted(request):
        return await forms.answer(service, request)
    return await kinds.update(request, places.found(service, request))


async def delete(service: Objects, request: Request) -> Reply | Asgi:
    if bulk.wanted(request):
        return await bulk.answer(service, request)
    return await kinds.delete(service, request, places.found(service, request))


async def copy(service: Objects, request: Request) -> Reply:
    """COPY names the source in its path and the target in Destination."""
    origin = places.found(service, request, method="GET")
    container, name = _split(request.headers.get("destination", ""), "Destination")
    account = unquote(request.headers.get("destination-account", "")) or origin.account.name
    target = places.place(service, request, account, container, name, "PUT")
    return await _copy(service, request, origin, target)


async def _copy_here(service: Objects, request: Request, target: Place) -> Reply:
    """PUT with X-Copy-From names the source in a header."""
    if request.headers.get("content-length", "0") != "0":
        raise BadRequest("Copy requests require a zero byte body", headers=TEXT)
    container, name = _split(request.headers["x-copy-from"], "X-Copy-From")
    account = unquote(request.headers.get("x-copy-from-account", "")) or target.account.name
    origin = places.place(service, request, account, container, name, "GET")
    return await _copy(service, request, origin, target)


async def _copy(service: Objects, request: Request, origin: Place, target: Place) -> Reply:
    return await again(lambda: _copy_once(service, request, origin, target))


async def _copy_once(service: Objects, request: Request, origin: Place, target: Place) -> Reply:
    into = places.container_of(target)
    metadata.check_object_name(target.object)
    metadata.check_media(request.headers.get("content-type", ""))
    try:
        found = reading.find(service, request, origin)
    except NotFound as gone:
        return reading.unmatched(request, gone)
    manifest = reading.is_manifest(request)
    shown = await content.show(service, request, found, manifest)
    refused = reading.under_conditions(request, shown)
    if refused:
        return refused
    new = copying.described(found.entry, request.headers, target.object, manifest)
    entry = await _copied(service, request, shown, into, target.object, replace(_for(request, new), fresh=False))
    told = {name: value for name, value in content.headers(entry).items() if not name.startswith(_UNTOLD)}
    etag = f'"{large.etag_of(entry)}"' if entry.kind == SLO else entry.etag
    told |= {**_stored(entry), "etag": etag, **_origin(origin, found), **kinds.version_headers(into, entry)}
    return places.done(201, told)


async def _copied(
    service: Objects, request: Request, shown: Shown, into: Container, name: str, new: objects.New
) -> Entry:
    """Without moving bytes where they are in one file and all of them are wanted."""
    source = shown.entry
    whole = source.kind == SYMLINK or (source.kind in (SLO, DLO) and reading.is_manifest(request))
    spans = None if whole or "range" not in request.headers else ranges.parse(request.headers["range"], shown.size)
    if whole or (source.kind == "" and spans is None):
        return await copying.copy(service, shown.holder, source, into, name, new)
    if spans and len(spans) > 1:
        raise BadRequest("Copies are of one range")
    return await objects.put(service, into, name, reading.stream(shown, *(spans or [(0, shown.size)])[0]), new)


def _origin(origin: Place, found: Found) -> dict[str, str]:
    """Where a copy came from: what was asked for, which a symlink may have led on from."""
    version = found.told.get("x-object-version-id")
    return {
        "x-copied-from": quote(f"{places.container_of(origin).name}/{origin.object}"),
        "x-copied-from-account": origin.account.name,
        "x-copied-from-last-modified": places.http_date(found.entry.modified),
        **({"x-copied-from-version-id": version} if version else {}),
    }


def _split(path: str, header: str) -> tuple[str, str]:
    """A container and an object from a header. Raises PreconditionFailed for anything else."""
    if not path:
        raise PreconditionFailed(f"{header} header required")
    container, slash, name = unquote(path).removeprefix("/").partition("/")
    if not (container and slash and name):
        raise PreconditionFailed(f"{header} header must be of the form <container name>/<object name>")
    return container, name
