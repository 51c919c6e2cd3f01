"""The image cache API over a store that is local: every image's bytes are at hand, so nothing is copied or fetched.

What an operator asks to be cached is listed as cached, at once, and so is what is downloaded, as Glance's cache keeps
what passes it; taking it out of the list frees nothing, because the bytes are the store's. The queue is always empty.
"""

from contextlib import suppress
from typing import Any

from stacklab.core import clock
from stacklab.core.db.database import change, rows, transaction
from stacklab.core.errors import BadRequest, NoSpace
from stacklab.http.context import Context
from stacklab.images import access, model

_LIST = (
    "SELECT c.image_id, i.size, c.cached_at, c.hits, coalesce(c.accessed_at, c.cached_at) "
    "FROM image_cache AS c JOIN images AS i ON i.id = c.image_id "
    "WHERE i.blob IS NOT NULL ORDER BY c.cached_at, c.image_id LIMIT 1000"
)
_READ = (
    "INSERT INTO image_cache (image_id, cached_at) SELECT id, ? FROM images WHERE id = ? "
    "ON CONFLICT (image_id) DO UPDATE SET hits = hits + 1, accessed_at = excluded.cached_at"
)
_BROKEN = "DELETE FROM image_cache WHERE image_id IN (SELECT id FROM images WHERE blob IS NULL)"


def state(ctx: Context) -> dict[str, Any]:
    """Times in seconds; a hit is a whole download of what was in the list."""
    ctx.authorize("images:cache:list")
    cached = [
        {
            "image_id": image_id,
            "hits": hits,
            "last_accessed": read / clock.SECOND,
            "last_modified": at / clock.SECOND,
            "size": size,
        }
        for image_id, size, at, hits, read in rows(_LIST)
    ]
    return {"cached_images": cached, "queued_images": []}


def add(ctx: Context, image_id: str) -> None:
    """Raises NotFound for an unknown image, BadRequest for one without bytes."""
    image = access.visible(ctx, image_id, access.UNKNOWN)
    ctx.authorize("images:cache:add")
    if image.status != "active":
        raise BadRequest("Only images with status active can be targeted for queueing")
    with transaction():
        if model.get(image_id) is not None:
            change(
                "INSERT INTO image_cache (image_id, cached_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (image_id, clock.now()),
            )


def note(image_id: str) -> None:
    """All of it is downloaded; a full disk, which leaves no room to say so, keeps nobody from it."""
    with suppress(NoSpace), transaction():
        change(_READ, (clock.now(), image_id))


def remove(ctx: Context, image_id: str) -> None:
    """Removing what is not cached is fine. Raises NotFound for an image the caller does not see."""
    access.visible(ctx, image_id, access.UNKNOWN)
    ctx.authorize("images:cache:delete")
    with transaction():
        change("DELETE FROM image_cache WHERE image_id = ?", (image_id,))


def clear(ctx: Context, target: str) -> None:
    """`target`: "cache", "queue", "" for both."""
    ctx.authorize("images:cache:delete")
    if target not in ("", "cache", "queue"):
        raise BadRequest("If provided 'x-image-cache-clear-target' must be 'cache', 'queue' or empty string.")
    if target != "queue":
        with transaction():
            change("DELETE FROM image_cache")


def clean(ctx: Context) -> None:
    ctx.authorize("images:cache:clean")
    with transaction():
        change(_BROKEN)


def prune(ctx: Context) -> dict[str, int]:
    """Nothing is ever over a limit: the cache takes no bytes of its own."""
    ctx.authorize("images:cache:prune")
    return {"total_files_pruned": 0, "total_bytes_pruned": 0}
