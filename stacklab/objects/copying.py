"""COPY: the same bytes under another name, without moving them: a file is given a second name on the disk."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stacklab.core.errors import NotFound, Unprocessable
from stacklab.objects import large, objects, versions
from stacklab.objects.incoming import Stored
from stacklab.objects.model import Container, Entry
from stacklab.objects.objects import New, Recorder

if TYPE_CHECKING:
    from stacklab.objects.service import Objects

_LARGE = ("x-static-large-object", "x-object-manifest", "slo-")
"""What makes a manifest one begins so: bytes that were put together are plain again."""
_TRIES = 3


def described(source: Entry, headers: Mapping[str, str], name: str, manifest: bool = False) -> New:
    """What a copy keeps of its source, with what the request says on top; with X-Fresh-Metadata that alone. `manifest`:
    the source is copied as what it is, not as what it makes."""
    said = objects.described(headers, name)
    fresh = headers.get("x-fresh-metadata", "").lower() in ("true", "1", "yes", "on", "t", "y")
    plain = source.kind in (large.SLO, large.DLO) and not manifest
    kept = {key: value for key, value in source.metadata.items() if _stays(key, fresh, plain)}
    media = said.media if headers.get("content-type") else source.media
    ends = said.ends if said.ends is not None or fresh else source.ends
    kind = said.kind if plain else source.kind or said.kind
    return replace(said, media=media, metadata={**kept, **said.metadata}, kind=kind, ends=ends)


def _stays(name: str, fresh: bool, plain: bool) -> bool:
    if name == versions.MARK or (plain and name.startswith(_LARGE)):
        return False
    return not fresh or name.startswith((*_LARGE, "x-symlink-"))


async def copy(
    service: "Objects", origin: Container, source: Entry, target: Container, name: str, new: New,
    writes: Recorder | None = None,
) -> Entry:  # fmt: skip
    """`writes`: as `objects.place` takes it. Raises NotFound when the source goes meanwhile, Unprocessable for another
    MD5 than announced."""
    if new.etag and new.etag != source.etag:
        raise Unprocessable("")
    for _ in range(_TRIES):
        try:
            file = await service.store.run(service.store.link, source.file)
        except FileNotFoundError:  # put anew since the row was read
            source = objects.find(origin, source.name)
            continue
        return await objects.place(service, target, name, Stored(file, source.size, source.etag), new, writes)
    raise NotFound("")
