"""Objects: put, changed, deleted. What a client is told is done is on the disk."""

import mimetypes
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from stacklab.core import clock
from stacklab.core.db.database import transaction
from stacklab.core.db.synced import synced
from stacklab.core.db.together import together
from stacklab.core.errors import Failure, NotFound, PreconditionFailed, Unprocessable
from stacklab.objects import lifetime, links, metadata, model, one_version, sync, versioning, versions
from stacklab.objects.incoming import Stored
from stacklab.objects.model import Container, Entry, Headers
from stacklab.objects.quotas import Held
from stacklab.objects.room import Room

if TYPE_CHECKING:
    from stacklab.objects.service import Objects

OCTETS = "application/octet-stream"
DLO = "dlo"
_OWN = ("x-static-large-object", "slo-", "x-symlink-", versions.MARK)
"""What makes an object what it is begins so among its metadata: a POST does not change it."""


class New(Struct, frozen=True):
    """What is said of an object beside its bytes. `etag`: the MD5 they must have, "" for any; `fresh`: only where
    nothing has the name; `reseller`: whoever puts it is held to no quota of the account; `moment` (µs): when it was put
    at the other end of a synced container, 0 for here and now."""

    media: str = OCTETS
    metadata: Headers = field(default_factory=dict)
    kind: str = ""
    ends: int | None = None
    etag: str = ""
    fresh: bool = False
    reseller: bool = False
    moment: int = 0


Recorder = Callable[[Container, Entry, New, Room], Entry | None]
"""Writes the rows of a new version, as `record` does, and what else its maker keeps with them."""


def described(headers: Mapping[str, str], name: str) -> New:
    """From the headers of a PUT. Raises BadRequest for metadata past its limits and moments that are none."""
    kept = metadata.given(headers, "x-object-meta-")
    kept |= {key: value for key, value in headers.items() if key in metadata.OBJECT_HEADERS and value}
    kept.pop("x-delete-at", None)
    ends = lifetime.asked(headers, clock.now())
    if ends is not None:
        kept["x-delete-at"] = str(ends)
    etag = headers.get("etag", "").strip('"').lower()
    fresh = headers.get("if-none-match", "").strip() == "*"
    kind = ""
    if links.MANIFEST in kept:
        links.parts_of(kept[links.MANIFEST])
        kind = DLO
    return New(media(headers, name), kept, kind, ends, etag, fresh)


def media(headers: Mapping[str, str], name: str) -> str:
    """The type a client says, or what the name tells where it says none or asks to detect it."""
    said = headers.get("content-type", "")
    if said and headers.get("x-detect-content-type", "").lower() not in ("true", "1", "yes", "on", "t", "y"):
        return said
    return mimetypes.guess_type(name)[0] or OCTETS


async def put(
    service: "Objects", holder: Container, name: str, body: AsyncIterator[bytes], new: New,
    writes: Recorder | None = None,
) -> Entry:  # fmt: skip
    """Take in an object; it is the name's when this returns, and on the disk. `writes`: in place of `record`.

    Raises TooLarge past the largest size or a quota, Unprocessable for bytes that have not the MD5 announced,
    PreconditionFailed where it should be new and is not, NotFound when the container went away.
    """
    stored = await service.store.receive(body, metadata.LIMITS["max_file_size"])
    if new.etag and stored.etag != new.etag:
        service.store.remove([stored.file])
        raise Unprocessable("")
    return await place(service, holder, name, stored, new, writes)


async def place(
    service: "Objects", holder: Container, name: str, stored: Stored, new: New, writes: Recorder | None = None
) -> Entry:
    """Give stored bytes their name in a container; they go where that is refused. Where it is not known whether the
    rows are there (nobody waits any more, or the disk fails), they are left to the sweep."""
    version = clock.unique()
    entry = Entry(
        holder.id, name, version, new.moment or version, stored.file, stored.size, stored.etag, new.media, new.kind,
        new.metadata, new.ends,
    )  # fmt: skip
    try:
        replaced = await together(partial(writes or record, holder, entry, new, service.room))
    except Failure:
        service.store.remove([stored.file])
        raise
    if replaced:
        service.store.remove([replaced.file])
    return entry


def record(holder: Container, entry: Entry, new: New, room: Room) -> Entry | None:
    """The rows of a new version, inside a transaction; what it took the place of, if that is not kept as a version."""
    located = model.located_by_id(holder.id)
    if located is None:
        raise NotFound("")
    account, there = located
    before = model.entry(there.id, entry.name)
    if before and new.fresh and not lifetime.is_over(before.ends, clock.now()):
        raise PreconditionFailed("")
    if new.moment:
        sync.require_newer(there, entry.name, new.moment, before.modified if before else 0)
    more = Held(int(before is None), entry.size - (before.size if before else 0))
    room.check(account, there, more, new.reseller)
    model.put_entry(versioning.fresh(there, entry))
    model.count(there, more.objects, more.bytes)
    sync.note(there, entry.name, entry.modified)
    return None if before and versioning.displaced(there, before) else before


def find(holder: Container, name: str) -> Entry:
    """Raises NotFound, also for one that has expired."""
    entry = model.entry(holder.id, name)
    if entry is None or lifetime.is_over(entry.ends, clock.now()):
        raise NotFound("")
    return entry


async def update(holder: Container, name: str, headers: Mapping[str, str]) -> None:
    """Take the metadata of a POST in place of what was. Raises NotFound, BadRequest."""
    new = described(headers, name)
    with transaction():
        entry = find(holder, name)
        # What makes an object what it is stays; all else is as this request says.
        own = {key: value for key, value in entry.metadata.items() if key.startswith(_OWN)}
        said = headers.get("content-type") or entry.media
        kind = new.kind if entry.kind in ("", DLO) else entry.kind
        kept = {**new.metadata, **own}
        changed = replace(entry, modified=clock.unique(), media=said, kind=kind, metadata=kept, ends=new.ends)
        model.put_entry(changed)
        sync.note(holder, name, changed.modified)
    await synced()


async def delete(service: "Objects", holder: Container, name: str, version_id: str = "") -> versioning.Gone:
    """Delete the current object as its container deletes, or one version for good. Raises NotFound, with the headers
    of what was done all the same: a marker is written also where there was nothing."""
    gone = await together(partial(_delete, holder, name, version_id))
    service.store.remove([gone.file])
    if not gone.found:
        raise NotFound("", headers=gone.headers)
    return gone


def _delete(holder: Container, name: str, version_id: str) -> versioning.Gone:
    there = model.container_by_id(holder.id)
    if there is None:
        raise NotFound("")
    if version_id:
        return one_version.delete(there, name, version_id)
    return versioning.delete(there, name, clock.unique())
