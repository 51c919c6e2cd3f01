"""Objects: their bytes up and down, their metadata, copies."""

from collections.abc import AsyncIterator
from urllib.parse import unquote

from msgspec.structs import replace

from stacklab.core.errors import BadRequest, LengthRequired, NotFound, PreconditionFailed, TooLarge
from stacklab.http import files
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import copying, metadata, model, objects
from stacklab.objects.access import Place
from stacklab.objects.api import places
from stacklab.objects.model import Container, Entry
from stacklab.objects.service import Objects

_TRIES = 3  # a version may be put in another's place between its row and its file


async def show(service: Objects, request: Request) -> Reply | Asgi:
    there = places.found(service, request)
    holder = places.container_of(there)
    for _ in range(_TRIES):
        entry = objects.find(holder, there.object)
        try:
            return await _bytes(service, request, entry)
        except FileNotFoundError:
            continue
    raise NotFound("")


async def _bytes(service: Objects, request: Request, entry: Entry) -> Asgi:
    async def opening() -> files.Content:
        return await files.OneFile.open(service.store.path(entry.file))

    modified = places.whole_second(entry.modified)
    return await files.answer(request, opening, entry.size, headers(entry), entry.media, entry.etag, modified)


def headers(entry: Entry) -> dict[str, str]:
    """What GET and HEAD tell of an object beside its bytes."""
    return {
        "etag": entry.etag,
        "last-modified": places.http_date(entry.modified),
        "x-timestamp": places.timestamp(entry.modified),
        **entry.metadata,
    }


async def create(service: Objects, request: Request) -> Reply:
    there = places.found(service, request)
    holder = places.container_of(there)
    metadata.check_object_name(there.object)
    if request.headers.get("x-copy-from"):
        return await _copy_here(service, request, there)
    _check_length(request)
    new = objects.described(request.headers, there.object)
    _check_new(request, holder, there.object, new)
    entry = await objects.put(service, holder, there.object, _body(request), _for(request, new))
    return places.done(201, _stored(entry))


def _for(request: Request, new: objects.New) -> objects.New:
    return replace(new, reseller=places.reseller(request))


def _check_length(request: Request) -> None:
    """Raises LengthRequired, BadRequest, TooLarge before a byte is taken in."""
    length = request.headers.get("content-length")
    if length is None:
        if "chunked" not in request.headers.get("transfer-encoding", "").lower():
            raise LengthRequired("Missing Content-Length header.")
        return
    if not (length.isascii() and length.isdecimal()):
        raise BadRequest("Invalid Content-Length header value")
    if int(length) > metadata.LIMITS["max_file_size"]:
        raise TooLarge("Your request is too large.")


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


async def update(service: Objects, request: Request) -> Reply:
    there = places.found(service, request)
    await objects.update(places.container_of(there), there.object, request.headers)
    return places.done(202)


async def delete(service: Objects, request: Request) -> Reply:
    there = places.found(service, request)
    await objects.delete(service, places.container_of(there), there.object)
    return places.done(204)


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
    holder, into = places.container_of(origin), places.container_of(target)
    metadata.check_object_name(target.object)
    source = objects.find(holder, origin.object)
    new = _for(request, copying.described(source, request.headers, target.object))
    entry = await copying.copy(service, holder, source, into, target.object, new)
    told = {
        "x-copied-from": f"{holder.name}/{source.name}",
        "x-copied-from-account": origin.account.name,
        "x-copied-from-last-modified": places.http_date(source.modified),
    }
    return places.done(201, {**entry.metadata, **_stored(entry), **told})


def _split(path: str, header: str) -> tuple[str, str]:
    """A container and an object from a header. Raises PreconditionFailed for anything else."""
    container, slash, name = unquote(path).lstrip("/").partition("/")
    if not (container and slash and name):
        raise PreconditionFailed(f"{header} header must be of the form <container name>/<object name>")
    return container, name
