"""The bytes of an image: taken in as a stream, looked into, and only then made the image's own.

queued → saving → active. Whatever goes wrong on the way, the image is queued again and nothing is kept; a crash is
undone by `sweep` at the next start.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from msgspec.structs import replace

from stacklab.core import log
from stacklab.core.db.database import rows, transaction
from stacklab.core.errors import BadRequest, Conflict, Gone
from stacklab.core.settings import Settings
from stacklab.host.disks.spec import Disks
from stacklab.http import intake
from stacklab.http.body import Chunk
from stacklab.http.context import Context
from stacklab.http.sinks import Gate
from stacklab.images import access, formats, images, model, room
from stacklab.images.model import Image
from stacklab.images.store import HASH, Arrived, Digest, Incoming
from stacklab.images.stores import Stores
from stacklab.images.undone import queue_again

Spread = Callable[[str, Path, str], AbstractContextManager[dict[str, Path]]]
"""(a store, its file, the blob's name) → store → file, of all that shall have it."""

_log = log.get(__name__)
MARKS = frozenset({"os_glance_import_task", "os_glance_importing_to_stores"})  # of an import under way


@contextmanager
def only(store: str, file: Path, _blob: str) -> Iterator[dict[str, Path]]:
    yield {store: file}


async def upload(
    settings: Settings,
    stores: Stores,
    disks: Disks,
    ctx: Context,
    image_id: str,
    stream: AsyncIterator[bytes],
    length: int,
    store: str = "",
) -> None:
    """Take in the bytes of a queued image. `length` is what the client announced, 0 when it did not; `store`, the
    one that shall have them, if not the default one.

    Raises Conflict for an image that is not queued, TooLarge past a size limit, UnsupportedMedia for bytes that are not
    what the image says they are, BadRequest for more or fewer than announced, Gone when it was deleted meanwhile.
    """
    where = stores.target(store)
    image = access.changeable(ctx, image_id, "images:data:upload")
    if not image.disk_format or not image.container_format:
        raise BadRequest("Properties disk_format, container_format must be set prior to saving data.")
    most = room.allowance(settings, image.owner, length)
    with transaction():
        if not model.move(image_id, "queued", "saving"):
            raise Conflict(f"Image status transition from {image.status} to saving is not allowed")
    saved = False
    try:
        with room.space():
            async with stores.files[where].arriving() as incoming:
                with room.counted(image.owner, settings) as count:
                    await receive(incoming, stream, most, count, formats.watch(settings, image))
                room.whole(incoming.size, length)
                saving = replace(image, status="saving", stores=where)
                await asyncio.to_thread(settle, settings, stores, disks, saving, incoming)
            saved = True
    finally:
        if not saved:
            queue_again(image_id, "saving")


async def receive(incoming: Incoming, stream: AsyncIterator[bytes], most: int, *looks: Gate) -> None:
    """Write and hash in threads while the next block arrives. Raises TooLarge past `most` bytes, and what the looks at
    each block before it counts raise."""
    seen = 0

    def gate(chunk: Chunk) -> None:
        nonlocal seen
        seen += len(chunk)
        room.fits(seen, most)
        for look in looks:
            look(chunk)

    await intake.pour(stream, incoming.sum, gate, beside=incoming.keep)


def settle(
    settings: Settings,
    stores: Stores,
    disks: Disks,
    image: Image,
    incoming: Arrived,
    spread: Spread = only,
    done: Callable[[], None] = lambda: None,
) -> None:
    """In a thread: flush, look into the file, put it in place and commit with `done` that the image has it.

    `image.stores` has the file; `spread` may say that further ones have copies of it.
    """
    digest = incoming.finish()
    virtual = formats.looked_into(settings, disks, image, incoming.path)
    with spread(image.stores, incoming.path, digest.sha512) as files:

        def commit() -> None:
            _commit(settings, replace(image, stores=",".join(files)), digest, virtual)
            done()

        stores.keep(files, digest.sha512, commit)


def _commit(settings: Settings, inspected: Image, digest: Digest, virtual: int | None) -> None:
    """To the image the bytes were looked into for: none but that one ever has its id."""
    image = model.get(inspected.id)
    if image is None or image.status != inspected.status:
        words = "could not be found after upload. The image may have been deleted during the upload."
        raise Gone(f"Image {inspected.id} {words}")
    # Uploads of one project may have run side by side: each fitted, all of them may not.
    if image.size:
        model.update(replace(image, size=None))  # what was staged is not there twice
    room.allowance(settings, image.owner, digest.size)
    room.require(settings, image.owner, digest.size * (1 + inspected.stores.count(",")))
    model.forget_locations(image.id)
    model.update(
        replace(
            image,
            stores=inspected.stores,
            disk_format=inspected.disk_format,
            properties={name: value for name, value in image.properties.items() if name not in MARKS},
            status="active",
            size=digest.size,
            virtual_size=virtual,
            checksum=digest.md5,
            os_hash_algo=HASH,
            os_hash_value=digest.sha512,
            blob=digest.sha512,
        )
    )


def sweep(stores: Stores) -> None:
    """At start, before any request: interrupted uploads are queued again, their bytes and unnamed blobs removed."""
    again = images.reset_interrupted()
    waiting = [image_id for (image_id,) in rows("SELECT id FROM images WHERE status IN ('uploading', 'importing')")]
    if stores.web:
        images.adopt_locations(stores.web)
    left = stores.sweep(waiting)
    again += images.reset_unstaged([one for one in waiting if not stores.local.staged(one).exists()])
    if again or left:
        _log.info("images swept", uploads_reset=again, files_removed=len(left))
