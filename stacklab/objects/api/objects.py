"""Objects: their bytes up and down, their metadata, copies."""

from collections.abc import AsyncIterator
from urllib.parse import quote, unquote

from msgspec.structs import replace

from stacklab.core.errors import BadRequest, LengthRequired, NotFound, PreconditionFailed, TooLarge
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import access, content, copying, metadata, model, objects
from stacklab.objects.access import Place
from stacklab.objects.api import bulk, forms, kinds, places, reading
from stacklab.objects.large import SYMLINK
from stacklab.objects.model import Container, Entry
from stacklab.objects.service import Objects

_TRIES = 3  # a version may be put in another's place between its row and its file


async def show(service: Objects, request: Request) -> Reply | Asgi:
    there = places.found(service, request)
    for _ in range(_TRIES):
        try:
            return await reading.show(service, request, there)
        except FileNotFoundError:
            continue
    raise NotFound("")


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
    _check_new(request, holder, there.object, new)
    special = await kinds.create(service, request, there, _for(request, new))
    if special:
        return special
    entry = await objects.put(service, holder, there.object, _body(request), _for(request, new))
    return places.done(201, {**_stored(entry), **kinds.version_headers(holder, entry)})


def _for(request: Request, new: objects.New) -> objects.New:
    return replace(new, reseller=places.reseller(request), moment=access.moment(request))


def _check_length(request: Request) -> int:
    """How many bytes are announced, 0 where it is not said. Raises LengthRequired, BadRequest, TooLarge before one is
    taken in."""
    length = request.headers.get("content-length")
    if length is None:
        if "chunked" not in request.headers.get("transfer-encoding", "").lower():
            raise LengthRequired("Missing Content-Length header.")
        return 0
    if not (length.isascii() and length.isdecimal()):
        raise BadRequest("Invalid Content-Length header value")
    if int(length) > metadata.LIMITS["max_file_size"]:
        raise TooLarge("Your request is too large.")
    return int(length)


def _check_new(request: Request, holder: Container, name: str, new: objects.New) -> None:
    """If-None-Match on a PUT knows `*` alone: only where nothing has the name."""
    asked = request.headers.get("if-none-match", "").strip()
    if asked and asked != "*":
        raise BadRequest("If-None-Match only supports *")
    if new.fresh and model.entry(holder.id, name):
        raise PreconditionFailed("")


async def _body(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        yield chunk


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
        raise BadRequest("Copy requests require a zero byte body")
    container, name = _split(request.headers["x-copy-from"], "X-Copy-From")
    account = unquote(request.headers.get("x-copy-from-account", "")) or target.account.name
    origin = places.place(service, request, account, container, name, "GET")
    return await _copy(service, request, origin, target)


async def _copy(service: Objects, request: Request, origin: Place, target: Place) -> Reply:
    into = places.container_of(target)
    metadata.check_object_name(target.object)
    found = reading.find(service, request, origin)
    source, manifest = found.entry, reading.is_manifest(request)
    new = _for(request, copying.described(source, request.headers, target.object, manifest))
    if source.kind in ("", SYMLINK) or manifest:
        entry = await copying.copy(service, found.holder, source, into, target.object, new)
    else:
        shown = await content.show(service, request, found)
        entry = await objects.put(service, into, target.object, reading.stream(shown), new)
    told = {
        "x-copied-from": quote(_asked_for(origin)),
        "x-copied-from-account": origin.account.name,
        "x-copied-from-last-modified": places.http_date(source.modified),
        **kinds.version_headers(into, entry),
    }
    return places.done(201, {**content.headers(entry), **_stored(entry), **told})


def _asked_for(origin: Place) -> str:
    """What was asked for, which a symlink may have led on from."""
    return f"{places.container_of(origin).name}/{origin.object}"


def _split(path: str, header: str) -> tuple[str, str]:
    """A container and an object from a header. Raises PreconditionFailed for anything else."""
    if not path:
        raise PreconditionFailed(f"{header} header required")
    container, slash, name = unquote(path).lstrip("/").partition("/")
    if not (container and slash and name):
        raise PreconditionFailed(f"{header} header must be of the form <container name>/<object name>")
    return container, name
