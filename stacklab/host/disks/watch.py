"""Looking at an image while it arrives: what its first bytes show to be a lie is refused before the rest is sent.

The whole file is looked at once more when it is complete (`inspect.py`): some marks are at its end.
"""

import io
import struct
from typing import Protocol

from stacklab.host.disks import vmdk_header
from stacklab.host.disks.headers import SECTOR, Found, Sample, find_in
from stacklab.host.disks.inspect import ARCHIVES, PLAIN, refuse
from stacklab.host.disks.ova import Archive, Bytes

_HEAD = 64 << 10
_UNKNOWN = 1 << 62  # how long the file will be
_AT_END = frozenset({"vhd"})  # a fixed VHD is known by its last sector only


class Watcher(Protocol):
    def feed(self, block: Bytes) -> None:
        """Raises UnsafeImage as soon as the bytes so far show that they cannot be what was declared."""
        ...


class _Head:
    def __init__(self, declared: str) -> None:
        self._declared = declared
        self._head = bytearray()
        self._done = False

    def feed(self, block: Bytes) -> None:
        if self._done:
            return
        self._head += block[: _HEAD - len(self._head)]
        if len(self._head) == _HEAD:
            self._done = True
            self._judge(bytes(self._head))
            self._head.clear()

    def _judge(self, head: bytes) -> None:
        found = [one for one in find_in(Sample(io.BytesIO(head), _UNKNOWN, head, b"")) if not _unsure(one, head)]
        if self._declared in _AT_END and not found:
            return
        names = {one.format for one in found}
        if self._declared in names | PLAIN | ARCHIVES or names:
            refuse(self._declared, found, partitioned=head[SECTOR - 2 : SECTOR] == b"\x55\xaa")
        elif not _might_be(self._declared, head):
            refuse(self._declared, found, partitioned=False)


class _Nothing:
    def feed(self, block: Bytes) -> None:
        """Bytes that nothing here ever opens are not looked at."""


def watcher_of(disk_format: str, container_format: str) -> Watcher:
    if container_format == "ova":
        return Archive()
    if container_format in ("ovf", "docker", "compressed"):
        return _Nothing()
    return _Head(disk_format)


def _might_be(declared: str, head: bytes) -> bool:
    """Formats whose tables lie past the first bytes, by their magic alone."""
    return (declared == "vhdx" and head.startswith(b"vhdxfile")) or (
        declared == "vmdk" and head.startswith(vmdk_header.MAGIC)
    )


def _unsure(found: Found, head: bytes) -> bool:
    """Whether the rest of the file is needed to tell."""
    if found.format == "vhdx":
        return True
    if found.format == "vmdk" and head.startswith(vmdk_header.MAGIC):
        (at,) = struct.unpack_from("<Q", head, 28)
        return int(at) * SECTOR + vmdk_header.LONGEST > len(head)
    return False
