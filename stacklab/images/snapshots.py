"""Images that compute makes of its servers' disks: an image is made at once, and its bytes are filled in by a job.

queued → saving → active; one that cannot be filled is deleted, as Nova does: a snapshot without bytes is nobody's use.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from stacklab.core.db.database import transaction
from stacklab.core.settings import Settings
from stacklab.host.disks.spec import Disks
from stacklab.http.context import Context
from stacklab.images import data, images, model, room
from stacklab.images.store import Made
from stacklab.images.stores import Stores

_NOT_INHERITED = frozenset({"cache_in_nova", "bittorrent"})
_SIGNED = "img_signature"  # what was signed is not what the snapshot is


class Snapshots:
    def __init__(self, settings: Settings, stores: Stores, disks: Disks) -> None:
        self._settings, self._stores, self._disks = settings, stores, disks

    def begin(
        self, ctx: Context, name: str, image_id: str, properties: dict[str, str], extra: dict[str, str], min_disk: int
    ) -> str:
        """The id of a new private image of the caller's, queued, that is told as made of `image_id`.

        It has that image's properties (if it still exists), `properties` and `extra`; the later win. Raises as
        `images.create` does: TooLarge for one image too many. Inside the transaction that queues the job.
        """
        source = model.get(image_id)
        inherited = {k: v for k, v in source.properties.items() if _inherited(k)} if source else {}
        given: dict[str, Any] = {**inherited, "base_image_ref": image_id, **properties, **extra}
        given |= {"name": name, "visibility": "private", "container_format": "bare", "disk_format": "qcow2"}
        given |= {"min_disk": min_disk, "min_ram": source.min_ram if source else 0}
        return images.create(ctx, given, self._settings.quota.images).id

    def take(self, image_id: str, make: Callable[[Path, int], str]) -> None:
        """Fill the image with the file that `make` writes, given its path and the most bytes it may have.

        `make` says the format of what it made. Nothing is done to an image that has bytes by now, or was deleted.
        Raises what `make` does, TooLarge past the project's quota. May be called again after a crash.
        """
        with transaction():
            if not model.move(image_id, "queued", "saving"):
                return
        try:
            where = self._stores.default
            with room.space(), self._stores.files[where].spare() as path:
                made = make(path, self._settings.images.max_size_gb << 30)
                if image := model.get(image_id):
                    image = replace(image, disk_format=made, stores=where)
                    data.settle(self._settings, self._stores, self._disks, image, Made(path))
        except BaseException:
            with transaction():
                model.move(image_id, "saving", "queued")
            raise

    def abandon(self, image_id: str) -> None:
        """The image will have no bytes: delete it, unless it has them. Inside a transaction."""
        image = model.get(image_id)
        if image is not None and image.status in ("queued", "saving"):
            model.delete(image_id)


def _inherited(name: str) -> bool:
    return name not in _NOT_INHERITED and not name.startswith(_SIGNED)
