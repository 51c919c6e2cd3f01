"""What a JSON listing tells of objects that are more than bytes, and the listing of versions."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from stacklab.core.errors import BadRequest
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.objects import large, links, metadata, version_ids, versioning, versions
from stacklab.objects.access import Place
from stacklab.objects.api import listings, places
from stacklab.objects.large import SLO, SYMLINK
from stacklab.objects.listing import successor
from stacklab.objects.model import Account, Container, Entry, Headers

_KEPT = "CASE WHEN kind IN ('slo', 'symlink') OR metadata LIKE '%\"versioned\":%' THEN metadata ELSE '' END"
COLUMNS = f"container, name, etag, size, media, modified, version, kind, {_KEPT}"
_headers = msgspec.json.Decoder(Headers)
_NAME_MOST = 1 << 62  # above every version


def beside(account: str, holder: Container, row: tuple[Any, ...]) -> dict[str, Any]:
    """From the last columns: what is beside name, hash, bytes, type and moment. Most objects have none."""
    name, _etag, size, version, kind, kept = row[1], row[2], row[3], row[6], row[7], row[8]
    if not kept:
        return {}
    headers = _headers.decode(kept)
    told: dict[str, Any] = {}
    if versions.MARK in headers and holder.said(versioning.ENABLED):
        path = quote(f"{account}/{holder.name}/{name}")
        told = {"symlink_path": f"/v1/{path}?version-id={version_ids.written(version)}", "version_symlink": True}
    if kind == SLO:
        told |= {"bytes": int(headers.get(large.SIZE, size)), "slo_etag": f'"{headers.get(large.ETAG, "")}"'}
    if kind == SYMLINK:
        told |= _link(account, headers)
    return told


def _link(account: str, headers: Headers) -> dict[str, Any]:
    told: dict[str, Any] = {"symlink_path": links.read(headers, account, "", "").path}
    if links.TARGET_ETAG in headers:
        told["symlink_etag"] = headers[links.TARGET_ETAG]
        told["symlink_bytes"] = int(headers.get(links.TARGET_BYTES, "0"))
    return told


def versions_page(request: Request, there: Place, headers: Headers) -> Reply:
    """`?versions`: current objects, what they were before, and delete markers; JSON alone.

    Raises BadRequest for a marker that is none.
    """
    holder = places.container_of(there)
    page = listings.asked(request, metadata.LIMITS["container_listing_limit"])
    after = _after(request, page.marker)
    found: list[dict[str, Any]] = []
    seen = page.marker if "version_marker" in request.query else ""
    for one in _walk(holder, page.prefix, page.delimiter, after, page.end_marker, page.limit):
        if isinstance(one, str):
            found.append({"subdir": one})
            continue
        entry, latest = one
        is_latest = latest or (entry.kind == versions.DELETED and entry.name != seen)
        seen = entry.name
        found.append(_shown(there.account, entry, latest, is_latest))
    return Reply(200, msgspec.json.encode(found), headers, "application/json; charset=utf-8")


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
    return marker, _NAME_MOST if version is None else version


def _walk(
    holder: Container, prefix: str, delimiter: str, after: tuple[str, int], before: str, limit: int
) -> Iterator[tuple[Entry, bool] | str]:
    """Entries, or texts for what the delimiter folds; the index is asked again behind all that was folded."""
    end = min(filter(None, (before, successor(prefix))), default="")
    while limit > 0:
        folded = ""
        chunk = versions.page(holder.id, prefix, after, end, limit)
        for entry, latest in chunk:
            at = entry.name.find(delimiter, len(prefix)) if delimiter else -1
            limit -= 1
            if at >= 0:
                folded = entry.name[: at + len(delimiter)]
                yield folded
                break
            yield entry, latest
        if not folded:
            return
        after = (folded + "\U0010ffff" * 4, 0)


def _shown(account: Account, entry: Entry, latest: bool, is_latest: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": entry.name,
        "hash": entry.etag,
        "bytes": large.size_of(entry),
        "content_type": entry.media,
        "last_modified": listings.iso(entry.modified),
        "is_latest": is_latest,
        "version_id": versions.id_of(entry) if latest else version_ids.written(entry.version),
    }
    if entry.kind == SLO:
        told["slo_etag"] = f'"{large.etag_of(entry)}"'
    return told | (_link(account.name, entry.metadata) if entry.kind == SYMLINK else {})
