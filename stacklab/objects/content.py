"""What a GET of an object gives: its own bytes, those a manifest puts together, or what a symlink leads to; one thing
to downloads, copies, ranges and static web."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from stacklab.core import clock
from stacklab.core.errors import BadRequest, Conflict, NotFound, RangeNotSatisfiable
from stacklab.http import ranges
from stacklab.http.files import Content, OneFile
from stacklab.http.request import Request
from stacklab.objects import access, dynamic, large, lifetime, links, model, segments
from stacklab.objects.access import Place
from stacklab.objects.faults import TEXT
from stacklab.objects.large import DLO, SLO, SYMLINK, Large, Sources
from stacklab.objects.model import Account, Container, Entry, Headers
from stacklab.objects.segments import Segment

if TYPE_CHECKING:
    from stacklab.objects.service import Objects

_INTERNAL = ("slo-", "versioned")  # beginnings of what is kept and not told


class Shown(Struct, frozen=True):
    """An object as it is read. `etag` is bare; `told`: its headers, the etag among them; `opening` gives the bytes;
    `part`: one part of it was asked for, by number."""

    account: Account
    holder: Container
    entry: Entry
    size: int
    etag: str
    media: str
    told: Headers
    opening: Callable[[], Awaitable[Content]]
    part: bool = False


class Found(Struct, frozen=True):
    """Where an object is; `told` has Content-Location when a symlink led there."""

    account: Account
    holder: Container
    entry: Entry
    told: Headers = field(default_factory=dict)


def follow(service: "Objects", request: Request, found: Found) -> Found:
    """What a symlink leads to, the object itself where it is none.

    Raises NotFound, Forbidden and Unauthorized as for a request of the target, Conflict for chains that are too long
    and targets that have not the etag a static link was made with.
    """
    wanted = ""
    for steps in range(links.MOST_LINKS + 2):
        entry = found.entry
        if entry.kind != SYMLINK:
            if wanted and wanted != entry.etag:
                words = f"Object Etag '{entry.etag}' does not match X-Symlink-Target-Etag header '{wanted}'"
                raise Conflict(words, headers=TEXT | found.told)
            return found
        own = entry.metadata.get(links.TARGET_ETAG, "")
        if wanted and wanted != (own or entry.etag):
            raise Conflict("X-Symlink-Target-Etag headers do not match", headers=TEXT | found.told)
        if steps == links.MOST_LINKS:
            break
        wanted, found = own, _target(service, request, found)
    raise Conflict(f"Too many levels of symbolic links, maximum allowed is {links.MOST_LINKS}", headers=TEXT)


def _target(service: "Objects", request: Request, found: Found) -> Found:
    link = links.read(found.entry.metadata, found.account.name, "", "")
    told = {"content-location": link.path}
    account = service.account(link.account)
    holder = model.container(link.account, link.container)
    access.require(request, Place(account, holder, link.name), "GET", in_container=True)
    entry = model.entry(holder.id, link.name) if holder else None
    if holder is None or entry is None or lifetime.is_over(entry.ends, clock.now()):
        raise NotFound("", headers=told)
    return Found(account, holder, entry, told)


async def show(service: "Objects", request: Request, found: Found, manifest: bool = False) -> Shown:
    """The object, which is no symlink or one that is meant itself. `manifest`: as it was put, not what it makes.

    Raises NotFound when a dynamic object's container is gone, RangeNotSatisfiable for a part there is not.
    """
    entry = found.entry
    if entry.kind == SLO and not manifest:
        return await _static(service, request, found)
    if entry.kind == DLO and not manifest:
        return await _dynamic(service, request, found)
    told = {**headers(entry), **found.told, "etag": entry.etag}

    async def opening() -> Content:
        return await OneFile.open(service.store.name(entry.file))

    return Shown(found.account, found.holder, entry, entry.size, entry.etag, entry.media, told, opening)


def headers(entry: Entry) -> Headers:
    """The kept headers of an object as they are told."""
    return {name: value for name, value in entry.metadata.items() if not name.startswith(_INTERNAL)}


async def _static(service: "Objects", request: Request, found: Found) -> Shown:
    entry = found.entry
    size, etag = large.size_of(entry), large.etag_of(entry)
    told = {**headers(entry), **found.told, "etag": f'"{etag}"', "x-manifest-etag": entry.etag}
    parts: Sequence[Segment] = ()
    if request.method != "HEAD" or "part-number" in request.query:
        parts = await large.read_manifest(service.store, entry)
    if "part-number" in request.query:
        _select(request, parts, size, told)
    return _large(service, request, found, size, etag, told, parts)


def _select(request: Request, parts: Sequence[Segment], size: int, told: Headers) -> None:
    """A part is a range of the whole."""
    number = request.query.get("part-number") or ""
    if not (number.isascii() and number.isdecimal() and int(number[:9])):
        raise BadRequest("Part number must be an integer greater than 0")
    told["x-parts-count"] = str(len(parts))
    at = int(number[:9]) - 1
    if at >= len(parts):
        gone = {**told, "content-range": f"bytes */{size}", **TEXT}
        raise RangeNotSatisfiable("The requested part number is not satisfiable", headers=gone)
    first = segments.total(parts[:at])
    span = f"bytes={first}-{first + parts[at].length - 1}"
    if request.headers.get("range", span) != span:
        raise BadRequest("Range requests are not supported with part number queries")
    request.headers["range"] = span


async def _dynamic(service: "Objects", request: Request, found: Found) -> Shown:
    container, prefix = links.parts_of(found.entry.metadata[links.MANIFEST])
    holder = model.container(found.account.name, container)
    access.require(request, Place(found.account, holder), "GET", in_container=True)
    if holder is None:
        raise NotFound("")
    parts = await dynamic.segments(holder, prefix)
    etag = segments.etag(parts)
    told = {**headers(found.entry), **found.told, "etag": f'"{etag}"'}
    return _large(service, request, found, segments.total(parts), etag, told, parts)


def _large(
    service: "Objects", request: Request, found: Found, size: int, etag: str, told: Headers, parts: Sequence[Segment]
) -> Shown:
    async def opening() -> Content:
        spans = ranges.parse(request.headers["range"], size) if "range" in request.headers else None
        first = spans[0][0] if spans else 0
        sources = Sources(request, found.account, large.own_parts(found.holder, found.entry))
        return await Large.open(service.store, sources, parts, first, found.entry.metadata.get(large.UPLOAD, ""))

    part = "part-number" in request.query and found.entry.kind == SLO
    return Shown(found.account, found.holder, found.entry, size, etag, found.entry.media, told, opening, part)
