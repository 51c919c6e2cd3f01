"""The image that the first start brings with it."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from stacklab.core import clock, ids
from stacklab.core.db.database import change, row
from stacklab.host.disks.spec import Disks
from stacklab.images import model
from stacklab.images.model import Image
from stacklab.images.store import HASH, Digest, Incoming
from stacklab.images.stores import Stores

_HIDE = "UPDATE images SET os_hidden = 1, updated_at = ? WHERE name = ? AND visibility = 'public' AND owner = ''"


def ensure_public(
    stores: Stores, disks: Disks, name: str, path: Path, disk_format: str, properties: Mapping[str, str]
) -> str:
    """Idempotent by name and content. Raises UnsafeImage. The file itself is copied, never moved or written.

    Earlier builds of the same name are hidden: servers made from them go on, new ones find one image of that name.
    """
    with stores.files[stores.default].incoming() as incoming:
        digest = _copied(path, incoming)
        found = row(
            "SELECT id FROM images WHERE name = ? AND visibility = 'public' AND blob = ?", (name, digest.sha512)
        )
        if found:
            return str(found[0])
        virtual = disks.inspect(incoming.path, disk_format).virtual_size
        image = replace(_image(name, disk_format, properties, digest, virtual), stores=stores.default)

        def commit() -> None:
            change(_HIDE, (image.updated_at, name))
            model.insert(image)

        stores.keep({stores.default: incoming.path}, digest.sha512, commit)
    return image.id


def _copied(path: Path, incoming: Incoming) -> Digest:
    with path.open("rb") as source:
        shutil.copyfileobj(source, incoming, 1 << 20)
    return incoming.finish()


def _image(name: str, disk_format: str, properties: Mapping[str, str], digest: Digest, virtual: int) -> Image:
    now = clock.now()
    return Image(
        id=ids.new_uuid(),
        name=name,
        owner="",
        status="active",
        visibility="public",
        protected=False,
        os_hidden=False,
        container_format="bare",
        disk_format=disk_format,
        min_disk=0,
        min_ram=0,
        size=digest.size,
        virtual_size=virtual,
        checksum=digest.md5,
        os_hash_algo=HASH,
        os_hash_value=digest.sha512,
        created_at=now,
        updated_at=now,
        blob=digest.sha512,
        properties=dict(properties),
    )
