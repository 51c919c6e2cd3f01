"""Imported disks are made the format the operator wants (`images.convert_to`), before anybody sees them.

ISOs stay ISOs, archives and kernels what they are. A driver that cannot convert leaves all as they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from stacklab.core.errors import TooLarge
from stacklab.core.settings import Settings
from stacklab.host.disks.spec import Disks
from stacklab.images import formats, room
from stacklab.images.model import Image
from stacklab.images.store import Arrived, Incoming, Made, Store

_DISKS = frozenset({"raw", "qcow2", "vmdk", "vdi", "vhd", "vhdx"})


@contextmanager
def converted(
    settings: Settings, store: Store, disks: Disks, image: Image, incoming: Incoming
) -> Iterator[tuple[Image, Arrived]]:
    """The image and the file it will be; what was made on the way is removed at the end unless it was placed.

    Raises UnsupportedMedia for a file that lies, TooLarge for a disk over the size limit, DiskError when it cannot be.
    """
    wanted = settings.images.convert_to
    if not wanted or image.disk_format == wanted or image.disk_format not in _DISKS or image.container_format != "bare":
        yield image, incoming
        return
    incoming.finish()
    most = settings.images.max_size_gb << 30
    virtual = formats.inspect(disks, image, incoming.path) or 0
    if virtual > most:
        raise TooLarge(f"The disk in the image has {virtual} bytes; {most} is the limit.")
    if wanted == "raw":
        # Before hours are spent on what could not be kept; what was staged is counted already and goes.
        room.fits(virtual, room.allowance(settings, image.owner, 0) + (image.size or 0))
    with store.spare() as target:
        if disks.convert(incoming.path, image.disk_format, wanted, target, most + (64 << 20)):
            yield replace(image, disk_format=wanted), Made(target)
        else:
            yield image, incoming
