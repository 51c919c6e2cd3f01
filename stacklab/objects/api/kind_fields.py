"""What a JSON listing tells of objects that are more than bytes, one for each row."""

from typing import Any
from urllib.parse import quote

import msgspec

from stacklab.objects import large, links, version_ids, versioning, versions
from stacklab.objects.large import SLO, SYMLINK
from stacklab.objects.model import Container, Headers

_KEPT = "CASE WHEN listed = '' THEN metadata ELSE '' END"  # of what is more than its line says
COLUMNS = f"container, name, etag, size, media, modified, version, kind, {_KEPT}"
_headers = msgspec.json.Decoder(Headers)


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
        told |= link(account, headers)
    return told


def link(account: str, headers: Headers) -> dict[str, Any]:
    told: dict[str, Any] = {"symlink_path": links.read(headers, account, "", "").path}
    if links.TARGET_ETAG in headers:
        told["symlink_etag"] = headers[links.TARGET_ETAG]
        told["symlink_bytes"] = int(headers.get(links.TARGET_BYTES, "0"))
    return told
