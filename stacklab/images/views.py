"""Images and members as Glance shows them; links are relative to the service, as Glance's are."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from stacklab.core import clock
from stacklab.http.request import Query
from stacklab.images.members import Member
from stacklab.images.model import Image
from stacklab.images.stores import STORE


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return clock.iso(second * clock.SECOND)


def image(image: Image) -> dict[str, Any]:
    """Custom properties stand beside the others, as strings."""
    where = f"/v2/images/{image.id}"
    return {
        **image.properties,
        "id": image.id,
        "name": image.name,
        "status": image.status,
        "visibility": image.visibility,
        "protected": image.protected,
        "os_hidden": image.os_hidden,
        "owner": image.owner or None,
        "container_format": image.container_format,
        "disk_format": image.disk_format,
        "min_disk": image.min_disk,
        "min_ram": image.min_ram,
        "size": image.size,
        "virtual_size": image.virtual_size,
        "checksum": image.checksum,
        "os_hash_algo": image.os_hash_algo,
        "os_hash_value": image.os_hash_value,
        "tags": image.tags,
        "created_at": _second(image.created_at // clock.SECOND),
        "updated_at": _second(image.updated_at // clock.SECOND),
        "self": where,
        "file": f"{where}/file",
        "schema": "/v2/schemas/image",
        **({"stores": STORE} if image.blob else {}),
    }


def images(found: list[Image], query: Query, limit: int) -> dict[str, Any]:
    """A page. `next` is there when the page is full."""
    pairs = [(name, value) for name, value in query.pairs if name != "marker"]
    body: dict[str, Any] = {
        "images": [image(one) for one in found],
        "first": _listed(pairs),
        "schema": "/v2/schemas/images",
    }
    if found and len(found) == limit:
        body["next"] = _listed([*pairs, ("marker", found[-1].id)])
    return body


def _listed(pairs: list[tuple[str, str]]) -> str:
    return f"/v2/images?{urlencode(pairs)}" if pairs else "/v2/images"


def member(member: Member) -> dict[str, Any]:
    return {
        "image_id": member.image_id,
        "member_id": member.member_id,
        "status": member.status,
        "created_at": _second(member.created_at // clock.SECOND),
        "updated_at": _second(member.updated_at // clock.SECOND),
        "schema": "/v2/schemas/member",
    }


def members(found: list[Member]) -> dict[str, Any]:
    return {"members": [member(one) for one in found], "schema": "/v2/schemas/members"}
