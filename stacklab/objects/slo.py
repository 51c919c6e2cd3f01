"""Static large objects: a manifest is checked against what is there and stored; deleting it may delete its segments."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stacklab.core.db.synced import synced
from stacklab.core.errors import BadRequest, Failure, NotFound, TooLarge, Unprocessable
from stacklab.http.number import whole
from stacklab.http.request import Request
from stacklab.objects import access, assembly, bulk, containers, large, manifests, model, objects, one_version, outcome
from stacklab.objects import segments as parts_of
from stacklab.objects.access import Place
from stacklab.objects.assembly import Facts
from stacklab.objects.bulk import Report
from stacklab.objects.large import ETAG, SIZE, SLO, Sources
from stacklab.objects.model import Account, Container, Entry
from stacklab.objects.objects import New
from stacklab.objects.segments import Segment
from stacklab.objects.underway import Underway

if TYPE_CHECKING:
    from stacklab.objects.service import Objects

HEADER = "x-static-large-object"
_MOST_DELETED = 10 * manifests.MOST_SEGMENTS
_RESERVED = (
    "X-Static-Large-Object is a reserved header. To create a static large object add query param "
    "multipart-manifest=put."
)


def refuse_header(request: Request) -> None:
    """Raises BadRequest for a client that says of an object that it is one."""
    if HEADER in request.headers:
        raise BadRequest(_RESERVED)


class Problems(Failure):
    """Segments that are not as the manifest says: (quoted path, words) each."""

    status = 400
    title = "Bad Request"

    def __init__(self, found: Sequence[tuple[str, str]]) -> None:
        super().__init__("Bad Request")
        self.found = found


async def manifest_of(request: Request) -> bytes:
    """The body of a PUT of a manifest. Raises TooLarge."""
    words = f"Manifest File > {manifests.MOST_BYTES} bytes"
    if (whole(request.headers.get("content-length", "")) or 0) > manifests.MOST_BYTES:
        raise TooLarge(words)
    held: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        held.append(chunk)
        size += len(chunk)
        if size > manifests.MOST_BYTES:
            raise TooLarge(words)
    return b"".join(held)


async def put(service: "Objects", request: Request, account: Account, holder: Container, name: str, new: New) -> Entry:
    """Store the manifest of the request's body. `new.etag` is compared with the large object's.

    Raises BadRequest, manifests.BadManifest, TooLarge, Problems, Unprocessable, and what `objects.place` raises.
    """
    wanted = await service.store.run(manifests.parse, await manifest_of(request), f"{holder.name}/{name}")
    paths = [entry.path for entry in wanted if entry.data is None]
    found = Sources(request, account).look(paths)
    made, problems = assembly.assemble(wanted, {path: _facts(entry) for path, entry in found.items()})
    if problems:
        raise Problems(problems)
    etag = parts_of.etag(made)
    if new.etag and new.etag != etag:
        raise Unprocessable("")
    kept = {**new.metadata, HEADER: "True", ETAG: etag, SIZE: str(parts_of.total(made))}
    stored = await service.store.run(service.store.keep, parts_of.encode(made))
    return await objects.place(service, holder, name, stored, replace(new, kind=SLO, metadata=kept, etag=""))


def _facts(entry: Entry | int) -> Facts | int:
    if isinstance(entry, int):
        return entry
    return Facts(large.size_of(entry), large.etag_of(entry), entry.media, entry.modified, nested=entry.kind == SLO)


async def raw(service: "Objects", entry: Entry) -> tuple[bytes, str]:
    """The manifest as it can be put again, and its MD5."""
    written = parts_of.raw(await large.read_manifest(service.store, entry))
    return written, hashlib.md5(written, usedforsecurity=False).hexdigest()


async def delete(service: "Objects", request: Request, account: Account, path: str, version_id: str = "") -> Report:
    """Delete the segments of the manifest at `path` ("container/object"), of manifests among them too, and at last the
    manifest itself; the report tells of each. `version_id`: of a manifest that is not the current one."""
    which = {path: version_id}
    report = Report(200, {"Number Deleted": 0, "Number Not Found": 0})
    try:
        await _delete(
            _walk(service, request, account, path, which, report), remover(service, request, account, which), report
        )
    except Failure as failure:
        report.status, report.words = failure.status, failure.message
        return report
    report.end("Invalid bulk delete.")
    return report


async def _delete(paths: AsyncIterator[tuple[str, bool]], remove: bulk.Delete, report: Report) -> None:
    """Segments side by side; a manifest goes when what it is made of has gone."""
    underway = Underway()
    try:
        async for path, is_manifest in paths:
            if is_manifest:
                await underway.settle()
            await bulk.begin(path, remove, report, underway)
    finally:
        await underway.settle()


async def _walk(
    service: "Objects", request: Request, account: Account, path: str, which: Mapping[str, str], report: Report
) -> AsyncIterator[tuple[str, bool]]:
    """Paths to delete, and whether there is a manifest: what it is made of comes before. Of what should be a manifest
    and is none, the report is told."""
    waiting: list[tuple[str, bool]] = [(path, True)]
    seen, read = {path}, set[str]()
    while waiting:
        at, nested = waiting.pop(0)
        if nested:
            try:
                inner = await _segments(service, request, account, at, which.get(at, ""))
            except NotFound:
                report.counts["Number Not Found"] += 1
                continue
            except Failure as failure:
                report.failed.append((f"/{at}", failure.message or outcome.line(failure.status)))
                continue
            new = [part for part in inner if part.data is None and part.path not in seen]
            seen.update(part.path for part in new)
            read.add(at)
            waiting += [(part.path, part.nested) for part in new] + [(at, False)]
            if len(waiting) > _MOST_DELETED:
                raise BadRequest("Too many buffered slo segments to delete.")
        else:
            yield at, at in read


async def _segments(
    service: "Objects", request: Request, account: Account, path: str, version_id: str
) -> list[Segment]:
    if version_id:
        container, _, name = path.partition("/")
        found: Entry | int = one_version.find(_holder(account, container), name, version_id)
    else:
        found = Sources(request, account).look([path])[path]
    if found == 404:
        raise NotFound("SLO manifest not found")
    if isinstance(found, int):
        raise BadRequest(outcome.line(found))
    if found.kind != SLO:
        raise BadRequest("Not an SLO manifest")
    return await large.read_manifest(service.store, found)


def _holder(account: Account, container: str) -> Container:
    holder = model.container(account.name, container)
    if holder is None:
        raise NotFound("")
    return holder


async def require_flat(service: "Objects", request: Request, account: Account, path: str, version_id: str = "") -> None:
    """Raises BadRequest for a manifest whose segments are not all plain objects of one container."""
    parts = [part for part in await _segments(service, request, account, path, version_id) if part.data is None]
    holders = sorted({part.names[0] for part in parts})
    if len(holders) > 1:
        shown = ", ".join(f'"{name}"' for name in holders)
        raise BadRequest(f"All segments must be in one container. Found segments in {shown}")
    if any(part.nested for part in parts):
        raise BadRequest("No segments may be large objects.")


def remover(
    service: "Objects", request: Request, account: Account, which: Mapping[str, str] | None = None
) -> bulk.Delete:
    """What deletes an object, or an empty container where the name is "", as the caller may. `which`: by path the
    version that is meant, where it is not the current one."""

    async def remove(container: str, name: str) -> None:
        holder = model.container(account.name, container)
        access.require(request, Place(account, holder, name), "DELETE", in_container=True)
        if holder is None:
            raise NotFound("")
        if name:
            await objects.delete(service, holder, name, (which or {}).get(f"{container}/{name}", ""))
        else:
            containers.delete(holder)
            await synced()

    return remove
