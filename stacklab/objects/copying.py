"""COPY: the same bytes under another name, without moving them: a file is given a second name on the disk."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stacklab.core.errors import NotFound, Unprocessable
from stacklab.objects import objects
from stacklab.objects.model import Container, Entry
from stacklab.objects.objects import New
from stacklab.objects.store import Stored

if TYPE_CHECKING:
    from stacklab.objects.service import Objects

_ITS_OWN = ("x-delete-at",)  # of the source: a copy lives as long as it is told to
_TRIES = 3


def described(source: Entry, headers: Mapping[str, str], name: str) -> New:
    """What a copy keeps of its source, with what the request says on top; with X-Fresh-Metadata that alone."""
    said = objects.described(headers, name)
    fresh = headers.get("x-fresh-metadata", "").lower() in ("true", "1", "yes", "on", "t", "y")
    kept = {} if fresh else {key: value for key, value in source.metadata.items() if key not in _ITS_OWN}
    media = said.media if headers.get("content-type") else source.media
    return replace(said, media=media, metadata={**kept, **said.metadata}, kind=source.kind)


async def copy(service: "Objects", origin: Container, source: Entry, target: Container, name: str, new: New) -> Entry:
    """Raises NotFound when the source goes meanwhile, Unprocessable for another MD5 than announced."""
    if new.etag and new.etag != source.etag:
        raise Unprocessable("")
    for _ in range(_TRIES):
        try:
            file = await service.store.run(service.store.link, source.file)
        except FileNotFoundError:  # put anew since the row was read
            source = objects.find(origin, source.name)
            continue
        return await objects.place(service, target, name, Stored(file, source.size, source.etag), new)
    raise NotFound("")
