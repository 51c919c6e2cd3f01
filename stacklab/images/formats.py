"""Whether the bytes of an image are what it says they are: looked at while they come, and once they are there."""

from pathlib import Path

from stacklab.core import log
from stacklab.core.errors import UnsupportedMedia
from stacklab.core.settings import Settings
from stacklab.host.disks import ova
from stacklab.host.disks.spec import Disks, UnsafeImage
from stacklab.host.disks.watch import watcher_of
from stacklab.http.body import Chunk
from stacklab.http.sinks import Gate
from stacklab.images.model import Image

_log = log.get(__name__)
_PACKED = frozenset({"ovf", "ova", "docker", "compressed"})  # archives: stored as they are, never opened, never booted
BOOTABLE = frozenset({"raw", "qcow2", "vmdk", "vdi", "vhd", "vhdx"})


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
