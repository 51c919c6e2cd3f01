"""A node with a store for what is on the web: what is added by URL stays there, as in Glance, once its hash is known.

Such an image can be downloaded through us. To be booted it is copied into a store with files, where it is looked into.
"""

import hashlib

from msgspec.structs import replace

from stacklab.core.db.database import transaction
from stacklab.core.errors import Gone
from stacklab.core.settings import Settings
from stacklab.images import data, formats, hashes, model, room, tasks, web_download
from stacklab.images.model import Image
from stacklab.images.store import HASH, Digest

_MARKS = data.MARKS | {"os_glance_failed_import"}


def settle(settings: Settings, image: Image, task: tasks.Task) -> None:
    """Read it all, keep nothing but its hashes, and commit that the image is active.

    Raises BadRequest when it is not what was promised or lies about what it is, DownloadFailed, TooLarge, Gone.
    """
    promise = hashes.Promise(task.input.get("validation_data") or {})
    digest = _read(settings, image, str(task.input["loc_url"]), promise)
    promise.keep()
    with transaction():
        fresh = model.get(image.id)
        if fresh is None or fresh.status != "importing":
            raise Gone(f"Image {image.id} was deleted.")
        room.allowance(settings, fresh.owner, digest.size)
        algorithm, value = promise.algorithm or HASH, promise.value or digest.sha512
        properties = {name: value for name, value in fresh.properties.items() if name not in _MARKS}
        facts = {"size": digest.size, "checksum": digest.md5, "os_hash_algo": algorithm, "os_hash_value": value}
        model.update(replace(fresh, status="active", properties=properties, **facts))
        tasks.succeed(task.id, {"image_id": image.id})


def _read(settings: Settings, image: Image, url: str, promise: hashes.Promise) -> Digest:
    most = room.allowance(settings, image.owner, 0)
    watch, still = formats.watch(settings, image), hashes.Still()
    md5, sha512, size = hashlib.md5(usedforsecurity=False), hashlib.sha512(), 0
    for block in web_download.blocks(settings.images, url):
        size += len(block)
        room.fits(size, most)
        watch(block)
        promise.update(block)
        md5.update(block)
        sha512.update(block)
        still(image.id)
    return Digest(md5.hexdigest(), sha512.hexdigest(), size)
