"""`?versions` of a container: current objects, what they were before, and delete markers."""

from collections.abc import Iterator
from typing import Any

import msgspec

from stacklab.core.errors import BadRequest, NotAcceptable
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.objects import large, metadata, version_ids, versions
from stacklab.objects.access import Place
from stacklab.objects.api import kind_fields, listings, places
from stacklab.objects.large import SLO, SYMLINK
from stacklab.objects.listing import Page, fold, successor
from stacklab.objects.model import Account, Entry, Headers

_FEW = 4  # rows asked for at a time where a delimiter may fold them, and behind those it did
_CHUNK = 1024
_Row = tuple[Entry, bool, bool]
"""An entry, whether it is the current object, whether it is the newest of its name."""


def show(request: Request, there: Place, headers: Headers) -> Reply:
    """JSON alone. Raises NotAcceptable for another form, BadRequest for a marker that is none."""
    if not _takes_json(request):
        raise NotAcceptable("")
    page = listings.asked(request, metadata.LIMITS["container_listing_limit"])
    holder = places.container_of(there)
    found = [
        {"subdir": one} if isinstance(one, str) else _shown(there.account, *one)
        for one in _walk(holder.id, page, _after(request, page.marker))
    ]
    told = {name: value for name, value in headers.items() if name != "vary"}
    return Reply(200, msgspec.json.encode(found), told, "application/json; charset=utf-8")


def _takes_json(request: Request) -> bool:
    wish, accepted = request.query.get("format"), request.headers.get("accept", "")
    if wish:
        return wish.lower() == "json"
    return not accepted or any(kind in accepted for kind in (listings.JSON, "application/*", "*/*"))


def _after(request: Request, marker: str) -> tuple[str, int]:
    version_marker = request.query.get("version_marker")
    if version_marker is None:
        return marker, 0
    if not marker:
        raise BadRequest("version_marker param requires marker")
    try:
        version = version_ids.read(version_marker)
    except BadRequest:
        raise BadRequest("invalid version_marker param") from None
    return marker, versions.ABOVE_ALL if version is None else version


def _walk(container: int, page: Page, after: tuple[str, int]) -> Iterator[_Row | str]:
    """Rows, or texts for what the delimiter folds; the index is asked again behind all that was folded."""
    fetch, left = _backward if page.reverse else _forward, page.limit
    size = _FEW if page.delimiter else left
    while left > 0:
        asked, seen, folded = min(size, left), 0, ""
        size = min(size * 4, _CHUNK)
        for row in fetch(container, page, after, asked):
            folded = fold(row[0].name, page) if page.delimiter else ""
            left, seen = left - 1, seen + 1
            if folded:
                yield folded
                after, size = (folded if page.reverse else folded + "\U0010ffff" * 4, 0), _FEW
                break
            yield row
            after = _at(row, page)
        if not folded and seen < asked:
            return


def _at(row: _Row, page: Page) -> tuple[str, int]:
    """The place of a row: the current object is the first of its name, and the last of it in reverse."""
    entry, current, _newest = row
    return entry.name, (0 if page.reverse else versions.ABOVE_ALL) if current else entry.version


def _forward(container: int, page: Page, after: tuple[str, int], limit: int) -> Iterator[_Row]:
    end = min(filter(None, (page.end_marker, successor(page.prefix))), default="")
    seen = after[0] if after[1] else ""
    for entry, current in versions.page(container, page.prefix, after, end, limit):
        yield entry, current, current or (entry.kind == versions.DELETED and entry.name != seen)
        seen = entry.name


def _backward(container: int, page: Page, after: tuple[str, int], limit: int) -> Iterator[_Row]:
    """The newest of a name comes last: one row more than is wanted tells."""
    found = versions.page_back(container, page.prefix, after, page.end_marker, limit + 1)
    following = [row[0].name for row in found[1:]] + [""]
    for (entry, current), behind in zip(found[:limit], following, strict=False):
        yield entry, current, current or (entry.kind == versions.DELETED and behind != entry.name)


def _shown(account: Account, entry: Entry, current: bool, latest: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": entry.name,
        "hash": entry.etag,
        "bytes": large.size_of(entry),
        "content_type": entry.media,
        "last_modified": listings.iso(entry.modified),
        "is_latest": latest,
        "version_id": versions.id_of(entry) if current else version_ids.written(entry.version),
    }
    if entry.kind == SLO:
        told["slo_etag"] = f'"{large.etag_of(entry)}"'
    return told | (kind_fields.link(account.name, entry.metadata) if entry.kind == SYMLINK else {})
