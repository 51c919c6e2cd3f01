"""PUT /stage: bytes taken in, and left aside until an import looks into them.

queued → uploading. An image is `uploading` from the first byte; its bytes have a staged file only when all are there,
so a crash in the middle is seen by what is missing.
"""

import asyncio
from collections.abc import AsyncIterator

from stacklab.core.db.database import change, transaction
from stacklab.core.errors import Conflict, Gone
from stacklab.core.revert import Revert
from stacklab.core.settings import Settings
from stacklab.http.context import Context
from stacklab.images import access, data, model, room
from stacklab.images.store import Incoming
from stacklab.images.stores import Stores
from stacklab.images.undone import queue_again

_SIZE = "UPDATE images SET size = ? WHERE id = ? AND status = 'uploading'"


async def stage(
    settings: Settings, stores: Stores, ctx: Context, image_id: str, stream: AsyncIterator[bytes], length: int
) -> None:
    """Raises Conflict for an image that is not queued, TooLarge past a limit, BadRequest for other bytes than were
    announced, Gone when it was deleted meanwhile."""
    image = access.changeable(ctx, image_id, "images:data:stage")
    most = room.allowance(settings, image.owner, length)
    with transaction():
        if not model.move(image_id, "queued", "uploading"):
            raise Conflict(f"Image status transition from {image.status} to uploading is not allowed")
    kept = False
    try:
        with room.space():
            async with stores.local.arriving() as incoming:
                with room.counted(image.owner, settings) as count:
                    await data.receive(incoming, stream, most, count)
                room.whole(incoming.size, length)
                await asyncio.to_thread(_keep, stores, image_id, incoming)
                kept = True
    finally:
        if not kept:
            queue_again(image_id, "uploading")


def _keep(stores: Stores, image_id: str, incoming: Incoming) -> None:
    digest = incoming.finish()
    with stores.lock, Revert() as revert:
        revert.add(lambda: stores.local.unstage(image_id))
        stores.local.stage(incoming.path, image_id)
        with transaction():
            if not change(_SIZE, (digest.size, image_id)):
                raise Gone(f"Image {image_id} was deleted while its data arrived.")
        revert.keep()
