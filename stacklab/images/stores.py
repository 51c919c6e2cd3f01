"""The one store: files below the state directory, under the name clients know it by."""

from typing import Any

from stacklab.core.errors import Conflict, Forbidden, NotFound
from stacklab.http.context import Context
from stacklab.images import access

STORE = "local"


def listed() -> list[dict[str, Any]]:
    """Glance's booleans of stores are texts."""
    return [{"id": STORE, "description": "Files on this node, stored by content", "default": "true"}]


def detailed(ctx: Context) -> list[dict[str, Any]]:
    """With what only an operator needs to know; folders of this machine stay its own."""
    ctx.authorize("images:stores:detail")
    properties = {"chunk_size": 65536, "thin_provisioning": False}
    return [{**store, "type": "file", "properties": properties, "weight": 0} for store in listed()]


def delete(ctx: Context, store: str, image_id: str) -> None:
    """Always refused: the only store that has an image cannot let go of it, as Glance says too.

    Raises Conflict for another store, NotFound for an unknown image, Forbidden for the one.
    """
    if store != STORE:
        raise Conflict(f"The selected store {store} is not available on this node.")
    image = access.visible(ctx, image_id)
    ctx.authorize("images:stores:delete")
    if image.status != "active":
        raise Conflict("It's not allowed to remove image data from store if image status is not 'active'")
    if image.blob is None:
        raise NotFound(f"Image {image_id} is not stored in store {store}.")
    raise Forbidden("Cannot delete image data from the only store containing it. Consider deleting the image instead.")
