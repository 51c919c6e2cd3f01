"""The stores as clients see them, and taking an image out of one."""

from functools import partial
from typing import Any

from stacklab.core.db.database import after_commit, transaction
from stacklab.core.errors import Conflict, Forbidden, NotFound
from stacklab.http.context import Context
from stacklab.images import access, model
from stacklab.images.stores import Stores


def listed(stores: Stores) -> list[dict[str, Any]]:
    """Glance's booleans of stores are texts."""
    return [
        {"id": name}
        | ({"description": said} if said else {})
        | ({"default": "true"} if name == stores.default else {})
        | ({"read-only": "true"} if name == stores.web else {})
        for name, said in stores.described().items()
    ]


def detailed(ctx: Context, stores: Stores) -> list[dict[str, Any]]:
    """With what only an operator needs to know; folders of this machine stay its own."""
    ctx.authorize("images:stores:detail")
    files = {"type": "file", "properties": {"chunk_size": 65536, "thin_provisioning": False}}
    web: dict[str, Any] = {"type": "http", "properties": {}}
    return [
        {**one, **(web if one["id"] == stores.web else files), "weight": stores.weights[one["id"]]}
        for one in listed(stores)
    ]


def delete(ctx: Context, stores: Stores, store: str, image_id: str) -> None:
    """Take an image out of one of its stores.

    Raises Conflict for a store there is not, or an image that is not active; NotFound for an unknown image, or one that
    is not in the store; Forbidden for its last store.
    """
    if store not in stores.ids:
        raise Conflict(f"The selected store {store} is not available on this node.")
    with transaction():
        image = access.visible(ctx, image_id, "Failed to find image {}")
        ctx.authorize("images:stores:delete")
        if image.status != "active":
            raise Conflict("It's not allowed to remove image data from store if image status is not 'active'")
        there = [name for name in stores.shown(image.stores).split(",") if name]
        if there and len(there) < 2:
            raise Forbidden(
                "Cannot delete image data from the only store containing it. Consider deleting the image instead."
            )
        if store not in there:
            raise NotFound(f"Image {image_id} is not stored in store {store}.")
        if store == stores.web:
            model.forget_locations(image_id)
        elif image.blob:
            after_commit(partial(stores.drop, image.blob, [store]))
        model.update(stores.without(image, [store]))
