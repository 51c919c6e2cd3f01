"""PUT, POST and DELETE of objects that are more than bytes: manifests, symlinks, versions."""

from collections.abc import Awaitable, Callable, Mapping

from msgspec.structs import replace

from stacklab.core.db.database import transaction
from stacklab.core.db.synced import synced
from stacklab.core.errors import BadRequest, Conflict, Failure, MethodNotAllowed, NotFound
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.http.routes import Asgi
from stacklab.objects import (
    PREFIX,
    content,
    large,
    links,
    objects,
    one_version,
    outcome,
    slo,
    version_ids,
    versioning,
)
from stacklab.objects.access import Place
from stacklab.objects.api import places
from stacklab.objects.content import Found
from stacklab.objects.faults import TEXT, told_by
from stacklab.objects.heartbeat import Running
from stacklab.objects.large import SYMLINK
from stacklab.objects.model import Container, Entry
from stacklab.objects.objects import New
from stacklab.objects.service import Objects

_TRUE = ("true", "1", "yes", "on", "t", "y")
_APPLIED = "The requested POST was applied to a symlink. POST directly to the target to apply requested metadata."


async def create(service: Objects, request: Request, there: Place, new: New) -> Reply | Asgi | None:
    """What a PUT makes that is not plain bytes; None where it does."""
    if "version-id" in request.query:
        one_version.require_aware(places.container_of(there), request.query.get("version-id") or "")
    if request.query.get("multipart-manifest") == "put":
        return await _manifest(service, request, there, new)
    slo.refuse_header(request)
    if "version-id" in request.query:
        return await _restore(request, there)
    if links.TARGET in request.headers:
        return await _symlink(service, request, there, new)
    return None


def version_headers(holder: Container, entry: Entry) -> dict[str, str]:
    """What a PUT tells of the version it made."""
    if not versioning.enabled(holder):
        return {}
    return {"x-object-version-id": version_ids.written(entry.version)}


def refuse_copy(request: Request) -> None:
    """Raises MethodNotAllowed for a manifest that is to be copied and put at once."""
    if request.query.get("multipart-manifest") == "put":
        raise MethodNotAllowed("Multipart Manifest PUTs cannot be COPY requests")


async def _manifest(service: Objects, request: Request, there: Place, new: New) -> Reply | Asgi:
    media = outcome.negotiate(request.headers.get("accept", "")) or "text/plain"
    holder = places.container_of(there)

    async def put() -> Entry:
        return await slo.put(service, request, there.account, holder, there.object, new)

    if (request.query.get("heartbeat") or "").lower() in _TRUE:
        return _beating(put, media)
    try:
        entry = await put()
    except slo.Problems as problems:
        return Reply(400, outcome.body(media, {}, problems.found, "upload"), media=media)
    told = {"etag": f'"{large.etag_of(entry)}"', "last-modified": places.http_date(entry.modified)}
    return places.done(201, {**told, **version_headers(holder, entry)})


def _beating(put: Callable[[], Awaitable[Entry]], media: str) -> Asgi:
    """202 at once; what came of it is told in the body."""

    async def work() -> bytes:
        problems: list[tuple[str, str]] = []
        try:
            entry = await put()
            facts = {"Response Status": outcome.line(201), "Etag": f'"{large.etag_of(entry)}"'}
            facts |= {"Last Modified": places.http_date(entry.modified), "Response Body": ""}
        except Failure as failure:
            words = "\n".join(told_by(failure)) if failure.message in ("", failure.title) else failure.message
            facts = {"Response Status": outcome.line(failure.status), "Response Body": words}
            problems = list(failure.found) if isinstance(failure, slo.Problems) else []
        return outcome.body(media, facts, problems, "upload")

    return Running(202, media, work, always=True)


async def _require_empty(request: Request, words: str) -> None:
    async for chunk in request.stream():
        if chunk:
            raise BadRequest(words, headers=TEXT)


async def _restore(request: Request, there: Place) -> Reply:
    await _require_empty(request, "PUT version-id requests require a zero byte body")
    holder, version_id = places.container_of(there), request.query.get("version-id") or ""
    with transaction():
        entry = one_version.restore(holder, there.object, version_id)
    await synced()
    told = {"etag": entry.etag, "last-modified": places.http_date(entry.modified), "x-object-version-id": version_id}
    return places.done(201, told)


async def _symlink(service: Objects, request: Request, there: Place, new: New) -> Reply:
    await _require_empty(request, "Symlink requests require a zero byte body")
    holder = places.container_of(there)
    link = links.read(request.headers, there.account.name, holder.name, there.object)
    kept = {**new.metadata, links.TARGET: link.target}
    if links.TARGET_ACCOUNT in request.headers:
        kept[links.TARGET_ACCOUNT] = request.headers[links.TARGET_ACCOUNT]
    media = request.headers.get("content-type") or links.MEDIA
    if link.etag:
        target = _static_target(service, request, there, kept | {links.TARGET_ETAG: link.etag})
        kept |= {links.TARGET_ETAG: link.etag, links.TARGET_BYTES: str(large.size_of(target))}
        media = request.headers.get("content-type") or target.media
    made = replace(new, kind=SYMLINK, metadata=kept, media=media, etag="")
    stored = await service.store.run(service.store.keep, b"")
    entry = await objects.place(service, holder, there.object, stored, made)
    told = {"etag": entry.etag, "last-modified": places.http_date(entry.modified)}
    return places.done(201, {**told, **version_headers(holder, entry)})


def _static_target(service: Objects, request: Request, there: Place, kept: Mapping[str, str]) -> Entry:
    """What a static link would lead to. Raises Conflict where it is not there, or not what the etag says."""
    holder = places.container_of(there)
    link = Entry(holder.id, there.object, 0, 0, "", 0, "", "", SYMLINK, dict(kept))
    try:
        return content.follow(service, request, Found(there.account, holder, link)).entry
    except NotFound as missing:
        raise Conflict("X-Symlink-Target does not exist", headers=TEXT | missing.headers) from None


async def update(request: Request, there: Place) -> Reply:
    """POST. 307 tells who posts to a symlink where its target is; the link has taken the metadata all the same."""
    if "version-id" in request.query:
        raise BadRequest("POST to a specific version is not allowed")
    if links.TARGET in request.headers:
        raise BadRequest("A PUT request is required to set a symlink target", headers=TEXT)
    slo.refuse_header(request)
    holder = places.container_of(there)
    await objects.update(holder, there.object, request.headers)
    entry = objects.find(holder, there.object)
    if entry.kind != SYMLINK:
        return places.done(202)
    link = links.read(entry.metadata, there.account.name, "", "")
    # Below where we are: many an HTTP library goes there by itself.
    told = {"location": PREFIX + link.path} | ({links.TARGET_ETAG: link.etag} if link.etag else {})
    return Reply(307, _APPLIED.encode(), told, "text/html; charset=UTF-8")


async def delete(service: Objects, request: Request, there: Place) -> Reply | Asgi:
    holder = places.container_of(there)
    if request.query.get("multipart-manifest") == "delete":
        return await _with_segments(service, request, there)
    gone = await objects.delete(service, holder, there.object, request.query.get("version-id") or "")
    return places.done(204, gone.headers)


async def _with_segments(service: Objects, request: Request, there: Place) -> Reply | Asgi:
    path = f"{places.container_of(there).name}/{there.object}"
    version_id = request.query.get("version-id") or ""
    if (request.query.get("async") or "").lower() in _TRUE:
        await slo.require_flat(service, request, there.account, path, version_id)
        await slo.delete(service, request, there.account, path, version_id)
        return places.done(204)
    media = outcome.negotiate(request.headers.get("accept", "")) or "text/plain"

    async def work() -> bytes:
        return (await slo.delete(service, request, there.account, path, version_id)).body(media, "delete")

    return Running(200, media, work)
