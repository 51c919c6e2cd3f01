"""Where an image's bytes are, and adding an address of the web to that.

The new API (POST /locations) brings the bytes here, checks their hash and only then makes the image active: what is
behind an address may change, an image may not. Where the operator has a store for what is on the web
(`images.web_store`) it leaves them there. The old API (JSON patch, where `images.show_locations` allows it) leaves
them there, as Glance does; such an image can be downloaded through us and not be booted.
"""

from collections.abc import Collection
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from stacklab.core.db.database import change, rows, transaction
from stacklab.core.errors import BadRequest, Conflict
from stacklab.core.jobs import enqueue
from stacklab.core.settings import LOCAL_STORE, Settings
from stacklab.http.context import Context
from stacklab.images import access, imports, model, reach, room, tasks
from stacklab.images.model import Image
from stacklab.images.stores import Stores

SIZES = {"": 0, "md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}  # hexadecimal digits
Shown = dict[str, Any]
_ROWS = "SELECT url, metadata FROM image_locations WHERE image_id = ? ORDER BY position"


class Validation(Struct, forbid_unknown_fields=True):
    """The hash the bytes must have: both, or neither."""

    os_hash_algo: Literal["", "sha1", "sha256", "sha512", "md5"] = ""
    os_hash_value: Annotated[str, Meta(pattern="^[0-9a-fA-F]*$", max_length=128)] = ""


class Add(Struct):
    """`{"url": …, "validation_data": {…}}`."""

    url: str
    validation_data: Validation | None = None


class Location(Struct, frozen=True):
    """One address; `metadata` is the client's own."""

    url: str
    metadata: dict[str, Any] = field(default_factory=dict)


def of(image_id: str) -> list[Location]:
    """The addresses of the web, in order."""
    return [Location(url, msgspec.json.decode(metadata)) for url, metadata in rows(_ROWS, (image_id,))]


def shown(stores: Stores, image: Image) -> list[Shown]:
    """As Glance shows them."""
    return shown_of(stores, [image])[image.id]


def shown_of(stores: Stores, images: Collection[Image]) -> dict[str, list[Shown]]:
    """Image id → the same of many, in one query for those whose bytes are elsewhere."""
    found = {image.id: _files(stores, image) for image in images}
    elsewhere = [image.id for image in images if _elsewhere(stores, image)]
    marks = ", ".join("?" * len(elsewhere))
    sql = f"SELECT image_id, url, metadata FROM image_locations WHERE image_id IN ({marks}) ORDER BY position"  # noqa: S608
    named = {"store": stores.web} if stores.web else {}
    for image_id, url, metadata in rows(sql, tuple(elsewhere)) if elsewhere else []:
        found[image_id].append({"url": url, "metadata": msgspec.json.decode(metadata) | named})
    return found


def _files(stores: Stores, image: Image) -> list[Shown]:
    """What is in our stores is told by its image, not by a folder of this machine."""
    names = [name for name in stores.shown(image.stores).split(",") if name in stores.files]
    return [
        {"url": f"file:///{image.id}" if name == LOCAL_STORE else f"file:///{name}/{image.id}",
         "metadata": {"store": name}}
        for name in names
    ]  # fmt: skip


def _elsewhere(stores: Stores, image: Image) -> bool:
    """Active without a blob, or (as Glance leaves it) what was once said of an image that is queued again."""
    if image.blob is None and image.status == "active":
        return True
    return bool(stores.web) and stores.web in image.stores.split(",")


def listed(ctx: Context, stores: Stores, image_id: str) -> list[Shown]:
    """For other services and operators. Raises Forbidden for everybody else."""
    image = access.visible(ctx, image_id)
    ctx.authorize("images:locations:list")
    return shown(stores, image)


def begin(ctx: Context, settings: Settings, stores: Stores, image_id: str, asked: Add) -> None:
    """Queue the import of what is there. Raises Conflict unless the image is queued, BadRequest for an address that
    is not opened or a hash that cannot be one."""
    with transaction():
        image = access.visible(ctx, image_id)
        if image.status != "queued":
            raise Conflict(f"It's not allowed to add locations if image status is {image.status}.")
        ctx.authorize("images:locations:add", project_id=image.owner)
        validation = asked.validation_data or Validation()
        if len(validation.os_hash_value) != SIZES[validation.os_hash_algo]:
            raise BadRequest(
                f"os_hash_value: ({validation.os_hash_value}) is not the correct size for ({validation.os_hash_algo})"
            )
        reach.target(settings.images, asked.url)
        imports.require_formats(image)
        room.allowance(settings, image.owner, 0)
        told = {"image_id": image_id, "loc_url": asked.url, "validation_data": msgspec.to_builtins(validation)}
        task = tasks.add(ctx, tasks.LOCATION, told, image_id)
        if stores.web:
            put(image_id, [Location(asked.url)])
            image = replace(image, stores=stores.web)
        model.update(replace(image, status="importing", properties={**image.properties, imports.TASK: task.id}))
        enqueue(imports.JOB, image_id, {"task": task.id})


def put(image_id: str, wanted: Collection[Location]) -> None:
    """All of them anew. Inside a transaction."""
    change("DELETE FROM image_locations WHERE image_id = ?", (image_id,))
    for position, one in enumerate(wanted):
        values = (image_id, position, one.url, msgspec.json.encode(one.metadata).decode())
        change("INSERT INTO image_locations VALUES (?, ?, ?, ?)", values)
