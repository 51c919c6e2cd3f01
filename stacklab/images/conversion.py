"""Imported disks are made the format the operator wants (`images.convert_to`), before anybody sees them.

ISOs stay ISOs, archives and kernels what they are. A driver that cannot convert leaves all as they are.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from stacklab.core.errors import TooLarge
from stacklab.core.settings import Settings
from stacklab.host.disks.spec import Disks
from stacklab.images import data
from stacklab.images.model import Image
from stacklab.images.store import BLOCK, Arrived, Digest, Incoming, Store

_DISKS = frozenset({"raw", "qcow2", "vmdk", "vdi", "vhd", "vhdx"})


class Made:
    """A whole file of our own making, with its holes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def finish(self) -> Digest:
        md5, sha512, size = hashlib.md5(usedforsecurity=False), hashlib.sha512(), 0
        with self.path.open("rb") as made:
            while block := made.read(BLOCK):
                md5.update(block)
                sha512.update(block)
                size += len(block)
            os.fsync(made.fileno())
        return Digest(md5.hexdigest(), sha512.hexdigest(), size)


@contextmanager
def converted(
    settings: Settings, store: Store, disks: Disks, image: Image, incoming: Incoming
) -> Iterator[tuple[Image, Arrived]]:
    """The image and the file it will be; what was made on the way is removed at the end unless it was placed.

    Raises BadRequest for a file that lies, TooLarge for a disk over the size limit, DiskError when it cannot be done.
    """
    wanted = settings.images.convert_to
    if not wanted or image.disk_format == wanted or image.disk_format not in _DISKS or image.container_format != "bare":
        yield image, incoming
        return
    incoming.finish()
    most = settings.images.max_size_gb << 30
    virtual = data.inspect(disks, image, incoming.path) or 0
    if virtual > most:
        raise TooLarge(f"The disk in the image has {virtual} bytes; {most} is the limit.")
    with store.spare() as target:
        if disks.convert(incoming.path, image.disk_format, wanted, target, most + (64 << 20)):
            yield replace(image, disk_format=wanted), Made(target)
        else:
            yield image, incoming
