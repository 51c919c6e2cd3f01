"""JSON patch of `/locations`: add at a place, replace all (their metadata only, once there are some), remove one.

What each refuses is Glance's: 400 for a place or an address that cannot be, 403 for the last one, 409 for hashes that
are not the image's.
"""

import re
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from stacklab.core.db.database import transaction
from stacklab.core.errors import BadRequest, Conflict, Forbidden
from stacklab.core.settings import Settings
from stacklab.http.context import Context
from stacklab.images import access, locations, model, reach, web_download
from stacklab.images.locations import SIZES, Location
from stacklab.images.model import Image
from stacklab.images.patch import Change
from stacklab.images.store import HASH

_HEX = re.compile(r"[0-9a-fA-F]*")
_MOST = 10  # addresses of one image, Glance's default


class _Said(Struct, forbid_unknown_fields=True, omit_defaults=True):
    os_hash_algo: Annotated[str, Meta(max_length=64)]
    os_hash_value: Annotated[str, Meta(max_length=128)]
    checksum: Annotated[str, Meta(min_length=32, max_length=32)] = ""


class _Given(Struct):
    url: Annotated[str, Meta(max_length=255)]
    metadata: dict[str, Any]
    validation_data: _Said | UnsetType = UNSET


def require_shown(settings: Settings) -> None:
    if not settings.images.show_locations:
        raise Forbidden("It's not allowed to add locations if locations are invisible.")


def measure(settings: Settings, changes: list[Change]) -> dict[str, int | None]:
    """Address → bytes behind it, of all that are new here. Blocks: in a thread. Raises BadRequest."""
    found: dict[str, int | None] = {}
    for given in (one for change in changes if change.operation != "remove" for one in _given(change)):
        reach.target(settings.images, given.url)
        try:
            found[given.url] = web_download.size(settings.images, given.url)
        except web_download.DownloadFailed as failed:
            raise BadRequest(f"Invalid location: {failed}") from None
    return found


def apply(ctx: Context, web: str, image_id: str, changes: list[Change], sizes: dict[str, int | None]) -> Image:
    """All of it or nothing. `sizes` as measured; `web`: the store that has what is elsewhere, if there is one."""
    with transaction():
        image = access.changeable(ctx, image_id, "images:locations:set")
        if image.blob is not None:
            raise Conflict("The image's data is in this site's own store; its location cannot be changed.")
        for change in changes:
            image = _apply(ctx, replace(image, stores=web), change, sizes)
        return image


def _apply(ctx: Context, image: Image, change: Change, sizes: dict[str, int | None]) -> Image:
    there = locations.of(image.id)
    if image.status not in (("active",) if change.operation == "remove" else ("active", "queued")):
        raise Conflict(f"It's not allowed to {change.operation} locations if image status is {image.status}.")
    if change.operation == "remove":
        ctx.authorize("images:locations:delete")
        wanted, new = _without(there, change.where), list[_Given]()
    elif change.operation == "add":
        new = _given(change)
        wanted = _with(there, new[0], change.where)
    else:
        new = _given(change)
        wanted = _replaced(there, new)
    facts = _facts(image, new)
    locations.put(image.id, wanted)
    if image.status == "queued":
        image = replace(image, status="active", size=sizes.get(wanted[0].url), **facts)
    return model.update(image)


def _given(change: Change) -> list[_Given]:
    values = change.value if change.operation == "replace" else [change.value]
    try:
        return msgspec.convert(values, list[_Given])
    except msgspec.ValidationError as error:
        raise BadRequest(f"Invalid location: {error}") from None


def _with(there: list[Location], new: _Given, where: str) -> list[Location]:
    if any(one.url == new.url for one in there):
        raise BadRequest(f"The location {new.url.partition('?')[0]} already exists")
    if len(there) >= _MOST:
        raise BadRequest(f"An image has at most {_MOST} locations.")
    at = _place(where, len(there))
    if not 0 <= at <= len(there):
        raise BadRequest("Invalid position for adding a location.")
    return [*there[:at], Location(new.url, new.metadata), *there[at:]]


def _without(there: list[Location], where: str) -> list[Location]:
    if len(there) == 1:
        raise Forbidden("Cannot remove last location in the image.")
    at = (
        len(there) - 1 if where == "-" else int(where) if where.isascii() and where.isdigit() and len(where) < 4 else -1
    )
    if not 0 <= at < len(there):
        raise BadRequest("Invalid position for removing a location.")
    return [*there[:at], *there[at + 1 :]]


def _place(where: str, last: int) -> int:
    """-1 for what is no place."""
    if where == "-":
        return last
    return int(where) if where.isascii() and where.isdigit() and len(where) < 4 else -1


def _replaced(there: list[Location], new: list[_Given]) -> list[Location]:
    """Addresses stay; what is said of them may change."""
    urls = [one.url for one in new]
    if not urls:
        raise Forbidden("Cannot set locations to empty list.")
    if (there and sorted(urls) != sorted(one.url for one in there)) or len(set(urls)) != len(urls) or len(urls) > _MOST:
        raise BadRequest("Original locations is not empty: only their metadata can be replaced")
    return [Location(one.url, one.metadata) for one in new]


def _facts(image: Image, new: list[_Given]) -> dict[str, str]:
    """What was said of the bytes. Raises Conflict for what contradicts the image, or cannot be."""
    said: dict[str, str] = {}
    stated = [msgspec.to_builtins(one.validation_data) for one in new if one.validation_data is not UNSET]
    for name, value in (pair for one in stated for pair in one.items()):
        if said.setdefault(name, value) != value:
            raise Conflict(f"Conflicting values for {name}")
    fresh = {name: value for name, value in said.items() if value != getattr(image, name)}
    for name in fresh:
        if getattr(image, name):
            raise Conflict(f"{name} is already set with a different value")
    if fresh and image.status != "queued":
        raise Conflict(f"New value(s) for {', '.join(fresh)} may only be provided when image status is 'queued'")
    if fresh and fresh.get("os_hash_algo") != HASH:
        raise Conflict(f"os_hash_algo must be {HASH}, not {fresh.get('os_hash_algo')}")
    for name, digits in (("checksum", SIZES["md5"]), ("os_hash_value", SIZES[HASH])):
        if fresh and (name in fresh or name == "os_hash_value"):
            value = fresh.get(name, "")
            if len(value) != digits or not _HEX.fullmatch(value):
                raise Conflict(f"{name} ({value}) is not a hash of {digits} hexadecimal digits")
    return fresh
