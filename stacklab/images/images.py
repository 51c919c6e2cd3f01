"""Creating, changing and deleting images; their bytes are `data`'s."""

from typing import Any

from msgspec.structs import replace

from stacklab.core import clock, ids
from stacklab.core.db.database import after_commit, change, transaction
from stacklab.core.errors import BadRequest, Conflict, Forbidden, TooLarge
from stacklab.core.events import Bus, Event
from stacklab.http.context import Context
from stacklab.images import access, attributes, model, patch
from stacklab.images.model import Image
from stacklab.images.protection import OPEN, Protection
from stacklab.images.stores import Stores


def create(ctx: Context, given: dict[str, Any], most: int, protection: Protection = OPEN) -> Image:
    """A new image without bytes, of the caller's project unless an admin names another.

    A project may have `most` images, -1 for no limit. Raises BadRequest, Forbidden, TooLarge as `attributes` does;
    TooLarge for one image too many; Conflict when an image has the id or had it (Glance gives no id twice).
    """
    ctx.authorize("images:images:create")
    values = {name: attributes.check(name, value) for name, value in given.items()}
    properties = {name: values.pop(name) for name in list(values) if name not in attributes.BASE}
    protection.require(ctx, {}, properties)
    image = _blank(ctx, properties, values)
    if not image.owner and not (ctx.admin and "owner" in given):
        raise Forbidden(f"You are not permitted to create images owned by '{given.get('owner')}'")
    _allow(ctx, image.visibility, image.owner)
    if image.owner != ctx.project_id:
        ctx.authorize("images:images:own")
    attributes.limit(image.tags, image.properties)
    with transaction():
        if model.taken(image.id):
            raise Conflict(f"Image ID {image.id} already exists!")
        _room(image.owner, most)
        model.insert(image)
    return image


def _room(owner: str, most: int) -> None:
    """Raises TooLarge, as Glance does for its limit `image_count_total`. Inside the transaction that inserts."""
    if most >= 0 and (used := model.owned(owner)) >= most:
        raise TooLarge(
            f"Project {owner} is over a limit: image_count_total is limited to {most}, {used} are used and 1 is asked."
        )


def _blank(ctx: Context, properties: dict[str, str], values: dict[str, Any]) -> Image:
    now = clock.now()
    given = {name: value for name, value in values.items() if name not in ("id", "owner")}
    image = Image(
        id=values.get("id") or ids.new_uuid(),
        name=None,
        owner=values.get("owner", ctx.project_id) or "",
        status="queued",
        visibility="shared",
        protected=False,
        os_hidden=False,
        container_format=None,
        disk_format=None,
        min_disk=0,
        min_ram=0,
        size=None,
        virtual_size=None,
        checksum=None,
        os_hash_algo=None,
        os_hash_value=None,
        created_at=now,
        updated_at=now,
        properties=properties,
    )
    return replace(image, **given)


def update(ctx: Context, image_id: str, changes: list[patch.Change], protection: Protection = OPEN) -> Image:
    """Apply a JSON patch, all of it or nothing. What the caller must not read stays as it is."""
    with transaction():
        before = access.changeable(ctx, image_id, "images:images:update")
        seen = protection.readable(ctx, before)
        after = patch.apply(seen, changes)
        protection.require(ctx, seen.properties, after.properties)
        hidden = {name: before.properties[name] for name in before.properties.keys() - seen.properties.keys()}
        if hidden.keys() & after.properties.keys():
            raise Forbidden(f"Attribute '{min(hidden.keys() & after.properties.keys())}' is reserved.")
        after = replace(after, properties={**after.properties, **hidden})
        if after.visibility != before.visibility:
            _allow(ctx, after.visibility, after.owner)
        if after.owner != before.owner or any((c.operation, c.name) == ("replace", "owner") for c in changes):
            ctx.authorize("images:images:own")
        attributes.limit(after.tags, after.properties)
        return model.update(after) if changes else before


def delete(ctx: Context, image_id: str, stores: Stores, bus: Bus) -> None:
    """Raises Forbidden for a protected image. The bytes go with the last image that holds them."""
    with transaction():
        image = access.changeable(ctx, image_id, "images:images:delete", "Failed to find image {} to delete")
        if image.protected:
            raise Forbidden(f"Image {image_id} is protected and cannot be deleted.")
        model.delete(image_id)
        if blob := image.blob:
            after_commit(lambda: stores.drop(blob, image.stores.split(",")))
        after_commit(lambda: stores.local.unstage(image_id))
        bus.emit(Event("image.deleted", image_id, image.owner, {"blob": image.blob}))


def set_active(ctx: Context, image_id: str, active: bool) -> None:
    """Deactivate or reactivate. Doing it twice is fine. Raises Forbidden for an image without bytes, as Glance does."""
    after, before = ("active", "deactivated") if active else ("deactivated", "active")
    with transaction():
        image = access.changeable(ctx, image_id, "images:images:deactivate")
        if image.status == after:
            return
        if not model.move(image_id, before, after):
            raise Forbidden(
                f"Not allowed to {'reactivate' if active else 'deactivate'} image in status '{image.status}'"
            )


def tag(ctx: Context, image_id: str, name: str) -> None:
    """Add a tag; adding it again changes nothing. Raises BadRequest for one over 255 characters, TooLarge past 128."""
    if len(name) > 255:
        raise BadRequest("Provided object does not match schema 'image': a tag has at most 255 characters")
    with transaction():
        image = access.changeable(ctx, image_id, "images:images:update", access.UNKNOWN)
        if name not in image.tags:
            image = replace(image, tags=[*image.tags, name])
            attributes.limit(image.tags, {})
            model.update(image)


def untag(ctx: Context, image_id: str, name: str) -> bool:
    """Remove a tag; False when the image did not have it."""
    with transaction():
        image = access.changeable(ctx, image_id, "images:images:update", access.UNKNOWN)
        if name not in image.tags:
            return False
        model.update(replace(image, tags=[other for other in image.tags if other != name]))
        return True


def _allow(ctx: Context, visibility: str, owner: str) -> None:
    if visibility == "public":
        ctx.authorize("images:images:publicize")
    if visibility == "community":
        ctx.authorize("images:images:communitize", project_id=owner)


def reset_interrupted() -> int:
    """At start: an upload that a crash cut short can be tried again; so can a staging whose bytes are in no row yet."""
    sql = "UPDATE images SET status = 'queued' WHERE status = 'saving' OR (status = 'uploading' AND size IS NULL)"
    with transaction():
        return change(sql)


def adopt_locations(store: str) -> None:
    """At start: what is on the web since before there was a store for that is in it."""
    sql = "UPDATE images SET stores = ? WHERE stores = '' AND id IN (SELECT image_id FROM image_locations)"
    with transaction():
        change(sql, (store,))


def reset_unstaged(ids: list[str]) -> int:
    """At start: those of these images whose staging a crash cut short can be staged again."""
    with transaction():
        return sum(model.move(image_id, "uploading", "queued") for image_id in ids)
