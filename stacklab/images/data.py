"""The bytes of an image: taken in as a stream, looked into, and only then made the image's own.

queued → saving → active. Whatever goes wrong on the way, the image is queued again and nothing is kept; a crash is
undone by `sweep` at the next start.
"""

import asyncio
import errno
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from msgspec.structs import replace

from stacklab.core import log
from stacklab.core.db.database import row, rows, transaction
from stacklab.core.errors import BadRequest, Conflict, Gone, TooLarge, UnsupportedMedia
from stacklab.core.settings import Settings
from stacklab.host.disks import ova
from stacklab.host.disks.spec import Disks, UnsafeImage
from stacklab.host.disks.watch import watcher_of
from stacklab.http import intake
from stacklab.http.context import Context
from stacklab.http.intake import Chunk, Gate
from stacklab.images import access, images, model
from stacklab.images.model import Image
from stacklab.images.store import HASH, Arrived, Digest, Incoming
from stacklab.images.stores import Stores

Spread = Callable[[str, Path, str], AbstractContextManager[dict[str, Path]]]
"""(a store, its file, the blob's name) → store → file, of all that shall have it."""

_log = log.get(__name__)
_GIB = 1 << 30
_PACKED = frozenset({"ovf", "ova", "docker", "compressed"})  # archives: stored as they are, never opened, never booted
MARKS = frozenset({"os_glance_import_task", "os_glance_importing_to_stores"})  # of an import under way
BOOTABLE = frozenset({"raw", "qcow2", "vmdk", "vdi", "vhd", "vhdx"})


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
    most = allowance(settings, image.owner, length)
    with transaction():
        if not model.move(image_id, "queued", "saving"):
            raise Conflict(f"Image status transition from {image.status} to saving is not allowed")
    saved = False
    try:
        with space():
            async with stores.files[where].arriving() as incoming:
                with counted(image.owner, settings) as count:
                    await receive(incoming, stream, most, count, watch(settings, image))
                whole(incoming.size, length)
                saving = replace(image, status="saving", stores=where)
                await asyncio.to_thread(settle, settings, stores, disks, saving, incoming)
            saved = True
    finally:
        if not saved:
            with transaction():
                model.move(image_id, "saving", "queued")


def _left(settings: Settings, owner: str) -> int:
    """Bytes of the project's quota that no image has."""
    used = row(f"SELECT coalesce(sum({model.TAKEN}), 0) FROM images WHERE owner = ?", (owner,))  # noqa: S608
    return max(settings.images.project_quota_gb * _GIB - int(used[0] if used else 0), 0)


def allowance(settings: Settings, owner: str, announced: int) -> int:
    """Bytes one upload of this project may have now. Raises TooLarge when more are announced."""
    most = min(_left(settings, owner), settings.images.max_size_gb * _GIB)
    fits(announced, most)
    return most


def require_room(settings: Settings, owner: str, size: int) -> None:
    """Raises TooLarge where a project's quota has less. Copies in several stores count each."""
    fits(size, _left(settings, owner))


@contextmanager
def space() -> Iterator[None]:
    """Raises TooLarge where the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TooLarge("Image storage media is full: there is not enough space for this image.") from None
        raise


def watch(settings: Settings, image: Image) -> Gate:
    """To be shown the bytes as they come. Raises UnsupportedMedia at the first block that shows they are others."""
    if not settings.images.require_format_match:
        return lambda _block: None
    watcher = watcher_of(str(image.disk_format), str(image.container_format))

    def look(block: Chunk) -> None:
        try:
            watcher.feed(block)
        except UnsafeImage as refused:
            raise _refusal(image, refused) from None

    return look


def whole(size: int, announced: int) -> None:
    """Raises BadRequest when other bytes came than were announced (0: none were)."""
    if announced and size != announced:
        raise BadRequest(f"Size mismatch: expected {announced} bytes, got {size} bytes")


def fits(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"The size of the data {size} will exceed the limit. {most} bytes remaining.")


_arriving: Counter[str] = Counter()
"""Project → bytes of its uploads under way, which are on the disk and in no row yet."""
_counting = threading.Lock()


@contextmanager
def counted(owner: str, settings: Settings) -> Iterator[Gate]:
    """Raises TooLarge when all uploads of the project under way are more than it may still have."""
    left, seen = _left(settings, owner), 0

    def count(chunk: Chunk) -> None:
        nonlocal seen
        with _counting:
            seen += len(chunk)
            _arriving[owner] += len(chunk)
            fits(_arriving[owner], left)

    try:
        yield count
    finally:
        with _counting:
            _arriving[owner] -= seen
            if not _arriving[owner]:
                del _arriving[owner]


async def receive(incoming: Incoming, stream: AsyncIterator[bytes], most: int, *looks: Gate) -> None:
    """Write and hash in threads while the next block arrives. Raises TooLarge past `most` bytes, and what the looks at
    each block before it counts raise."""
    seen = 0

    def gate(chunk: Chunk) -> None:
        nonlocal seen
        seen += len(chunk)
        fits(seen, most)
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
    virtual = looked_into(settings, disks, image, incoming.path)
    with spread(image.stores, incoming.path, digest.sha512) as files:

        def commit() -> None:
            _commit(settings, replace(image, stores=",".join(files)), digest, virtual)
            done()

        stores.keep(files, digest.sha512, commit)


def looked_into(settings: Settings, disks: Disks, image: Image, path: Path) -> int | None:
    """The virtual size in bytes, None where there is none. Raises UnsupportedMedia for a lie, if that matters."""
    try:
        return inspect(disks, image, path)
    except UnsupportedMedia:
        if settings.images.require_format_match:
            raise
        return None


def inspect(disks: Disks, image: Image, path: Path) -> int | None:
    """The virtual size in bytes; None for a container that is no disk. Raises UnsupportedMedia for a file that lies."""
    declared = str(image.disk_format)
    try:
        if image.container_format == "ova":
            ova.inspect(path)
        if image.container_format in _PACKED:
            return None
        return disks.inspect(path, declared).virtual_size
    except UnsafeImage as refused:
        raise _refusal(image, refused) from None


def _refusal(image: Image, refused: UnsafeImage) -> UnsupportedMedia:
    _log.info("image refused", image=image.id, declared=image.disk_format, reason=str(refused))
    return UnsupportedMedia(f"The image data was refused: {refused}")


def _commit(settings: Settings, inspected: Image, digest: Digest, virtual: int | None) -> None:
    """To the image the bytes were looked into for: none but that one ever has its id."""
    image = model.get(inspected.id)
    if image is None or image.status != inspected.status:
        words = "could not be found after upload. The image may have been deleted during the upload."
        raise Gone(f"Image {inspected.id} {words}")
    # Uploads of one project may have run side by side: each fitted, all of them may not.
    if image.size:
        model.update(replace(image, size=None))  # what was staged is not there twice
    allowance(settings, image.owner, digest.size)
    require_room(settings, image.owner, digest.size * (1 + inspected.stores.count(",")))
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
