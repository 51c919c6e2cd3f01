"""The door: what compute, the first start and the HTTP handlers ask of images."""

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from pathlib import Path

from msgspec import Struct

from stacklab.core.db.database import after_commit, change, rows
from stacklab.core.errors import BadRequest
from stacklab.core.events import Bus
from stacklab.core.jobs import Kind
from stacklab.core.settings import Settings
from stacklab.host.disks.spec import Disks
from stacklab.http.context import Context
from stacklab.images import access, bootstrap, copies, data, farewell, formats, imports, model
from stacklab.images.copying import Copies
from stacklab.images.elsewhere import Elsewhere
from stacklab.images.importing import Imports
from stacklab.images.places import Places
from stacklab.images.protection import Protection
from stacklab.images.snapshots import Snapshots
from stacklab.images.stores import Stores


class BootImage(Struct, frozen=True):
    """What a server needs to start from an image. `checksum_name` names its content and is a fit name for a cached
    base. Sizes in bytes, `min_disk` in GiB, `min_ram` in MiB."""

    id: str
    name: str
    disk_format: str
    size: int
    virtual_size: int
    min_disk: int
    min_ram: int
    properties: dict[str, str]
    checksum_name: str
    status: str


class Images:
    def __init__(self, settings: Settings, folder: Path, disks: Disks, bus: Bus) -> None:
        self.settings = settings
        self.stores = Stores(settings.images, folder, disks.remove_base, settings.node.reserve_mb << 20)
        self.disks = disks
        self.bus = bus
        self.protection = Protection(settings.images.property_protections)
        self.snapshots = Snapshots(settings, self.stores, disks)
        self.elsewhere = Elsewhere(settings.images)
        places = Places(settings.images.imports_at_once)
        self._imports = Imports(settings, self.stores, disks, self.elsewhere, places)
        self._copies = Copies(settings, self.stores, disks, places)
        self.methods = (*imports.METHODS, copies.METHOD) if self.stores.several else imports.METHODS
        farewell.listen(bus, self.stores)

    def bootable(self, ctx: Context, image_id: str) -> BootImage:
        """The image, if this caller may see it and it can be booted from.

        Raises NotFound as for an image that does not exist; BadRequest when it is not active or has no disk in it.
        """
        image = access.visible(ctx, image_id)
        if image.status != "active":
            raise BadRequest(f"Image {image_id} is not active.")
        if image.blob is None:
            raise BadRequest(f"Image {image_id} is unacceptable: its data is not at this site, only its address is.")
        if image.container_format != "bare" or image.disk_format not in formats.BOOTABLE:
            shown = f"{image.container_format}/{image.disk_format}"
            raise BadRequest(f"Image {image_id} is unacceptable: its format, {shown}, cannot be booted.")
        return BootImage(
            id=image.id,
            name=image.name or "",
            disk_format=image.disk_format,
            size=image.size or 0,
            virtual_size=image.virtual_size or 0,
            min_disk=image.min_disk,
            min_ram=image.min_ram,
            properties=dict(image.properties),
            checksum_name=image.blob,
            status=image.status,
        )

    def content(self, name: str) -> Path:
        """The stored file of this checksum name, never to be written to. Raises NotFound when it is in no store."""
        return self.stores.anywhere(name)

    def hold(self, needed: Iterable[tuple[str, str]]) -> None:
        """Keep content for servers, as (checksum name, server id), whatever becomes of its images; again is fine.

        Inside the transaction that makes the server.
        """
        for blob, holder in needed:
            change("INSERT INTO image_holds VALUES (?, ?) ON CONFLICT DO NOTHING", (blob, holder))

    def release(self, holder: str) -> None:
        """The server is gone: what it alone needed goes too, once the surrounding transaction has committed."""
        for (blob,) in rows("DELETE FROM image_holds WHERE holder = ? RETURNING blob", (holder,)):
            after_commit(partial(self.stores.drop, blob, self.stores.files))

    def names(self, ids: Collection[str]) -> dict[str, str]:
        """Id → name of those that exist, in a constant number of queries."""
        return model.names(ids)

    def ensure_public(self, name: str, path: Path, disk_format: str, properties: Mapping[str, str]) -> str:
        """The id of the public image of this name and content, made from the file if there is none. Raises
        UnsafeImage when the file is not what it is said to be."""
        return bootstrap.ensure_public(self.stores, self.disks, name, path, disk_format, properties)

    def sweep(self) -> None:
        """At start, before requests: what a crash left half done is undone."""
        data.sweep(self.stores)

    def jobs(self) -> dict[str, Kind]:
        return {**self._imports.jobs(), **self._copies.jobs()}
