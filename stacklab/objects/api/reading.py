"""GET and HEAD of an object of any kind: which version, the target of a symlink, a manifest or what it makes."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from stacklab.core import clock, pagecache
from stacklab.core.errors import NotFound, PreconditionFailed, RangeNotSatisfiable
from stacklab.http import conditional, files
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import content, lifetime, objects, one_version, slo, version_ids, versioning, versions
from stacklab.objects.access import Place
from stacklab.objects.api import places
from stacklab.objects.content import Found, Shown
from stacklab.objects.faults import MEDIA
from stacklab.objects.large import SLO
from stacklab.objects.model import Container, Entry
from stacklab.objects.service import Objects

_JSON = "application/json; charset=utf-8"
_WHERE = "content-location"


def find(service: Objects, request: Request, there: Place) -> Found:
    """The object that is meant: a version by its id, the current one, or where a symlink leads unless the link itself
    is asked for. Raises NotFound, BadRequest, Conflict, and what the target's refusal is."""
    holder = places.container_of(there)
    version_id = request.query.get("version-id")
    if version_id:
        entry = one_version.find(holder, there.object, version_id)
        if lifetime.is_over(entry.ends, clock.now()):
            raise NotFound("")
    else:
        entry = _current(holder, there.object)
    told = {}
    if version_id or versioning.ENABLED in holder.metadata:
        told["x-object-version-id"] = version_id or versions.id_of(entry)
        if not version_id and versions.has_id(entry):
            path = quote(f"{there.account.name}/{holder.name}/{entry.name}")
            told["content-location"] = f"/v1/{path}?version-id={told['x-object-version-id']}"
    found = Found(there.account, holder, entry, told)
    return found if request.query.get("symlink") == "get" else content.follow(service, request, found)


def _current(holder: Container, name: str) -> Entry:
    try:
        return objects.find(holder, name)
    except NotFound as gone:
        if versioning.ENABLED in holder.metadata:
            gone.headers["x-object-version-id"] = version_ids.NULL
        raise


def is_manifest(request: Request) -> bool:
    """Whether a manifest itself is asked for, not what it makes."""
    return request.query.get("multipart-manifest") == "get"


async def show(service: Objects, request: Request, there: Place) -> Reply | Asgi:
    """Raises FileNotFoundError where the version was deleted meanwhile: look again."""
    try:
        found = find(service, request, there)
    except NotFound as gone:
        return unmatched(request, gone)
    manifest = is_manifest(request)
    if manifest and found.entry.kind == SLO and request.query.get("format") == "raw":
        return await _raw(service, found)
    try:
        shown = await content.show(service, request, found, manifest)
    except RangeNotSatisfiable as no_part:
        no_part.headers = {**_moments(found.entry), "accept-ranges": "bytes", **no_part.headers}
        raise
    media = _JSON if manifest and found.entry.kind == SLO else shown.media
    modified = places.whole_second(shown.entry.modified)
    told = headers(shown)
    try:
        return await files.answer(request, shown.opening, shown.size, told, media, shown.etag, modified, shown.part)
    except PreconditionFailed:
        return _unmatched(_beside(told))
    except RangeNotSatisfiable as beyond:
        beyond.headers = {**_beside(told), "accept-ranges": "bytes", **beyond.headers}
        raise


def unmatched(request: Request, gone: NotFound) -> Reply:
    """Nothing is there. Raises what says so, unless anything at all was asked for (If-Match: *)."""
    if request.headers.get("if-match", "").strip() != "*":
        raise gone
    return _unmatched(gone.headers)


def _unmatched(told: dict[str, str]) -> Reply:
    return Reply(412, None, {**told, "content-type": MEDIA})


def under_conditions(request: Request, shown: Shown) -> Reply | None:
    """What a copy is answered whose source is not as its conditions say; None where it is."""
    told = headers(shown)
    try:
        if conditional.unchanged("GET", request.headers, shown.etag, places.whole_second(shown.entry.modified)):
            return Reply(304, None, told)
    except PreconditionFailed:
        return _unmatched(_beside(told))
    return None


def _beside(told: dict[str, str]) -> dict[str, str]:
    """What a refusal tells of the object all the same: not how its bytes are to be taken."""
    hidden = ("content-", "cache-", "expires")
    return {name: value for name, value in told.items() if name == _WHERE or not name.startswith(hidden)}


def headers(shown: Shown) -> dict[str, str]:
    return {**_moments(shown.entry), **shown.told}


def _moments(entry: Entry) -> dict[str, str]:
    return {"last-modified": places.http_date(entry.modified), "x-timestamp": places.timestamp(entry.modified)}


async def _raw(service: Objects, found: Found) -> Reply:
    written, etag = await slo.raw(service, found.entry)
    told = {**content.headers(found.entry), **found.told, **_moments(found.entry), "etag": etag}
    return Reply(200, written, {**told, "accept-ranges": "bytes"}, found.entry.media)


async def stream(shown: Shown, first: int, size: int) -> AsyncIterator[bytes]:
    """Some of the bytes, for a copy."""
    opened = await shown.opening()
    try:
        async for file, offset, count in opened.pieces(first, size):
            while count:
                block = min(count, files.BLOCK)
                yield bytes(await pagecache.read(file, offset, block))
                offset, count = offset + block, count - block
    finally:
        opened.close()
