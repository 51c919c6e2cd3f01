"""An image as the console sees it: what a file is by its first bytes and sums, what a form changes."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

Json = dict[str, Any]
IMAGES = "/image/v2/images"
FORMATS = ("qcow2", "raw", "vmdk", "vdi", "vhd", "vhdx", "iso")
BOOTABLE = frozenset(FORMATS) - {"iso"}  # what Nova can make a server's disk from
BUSY = frozenset({"saving", "uploading", "importing"})
PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
BYTES = "application/octet-stream"
FAILED = "os_glance_failed_import"  # the property of an image whose last import failed
ANSWERS = ("pending", "accepted", "rejected")
SUMS = {32: "md5", 64: "sha256", 128: "sha512"}  # hex digits → algorithm
HEAD = 40 << 10  # bytes that tell what a file is: an ISO's mark is after 32 KiB

_MARKS = [
    (0, b"QFI\xfb", "qcow2"),
    (0, b"KDMV", "vmdk"),
    (0, b"# Disk DescriptorFile", "vmdk"),
    (0, b"vhdxfile", "vhdx"),
    (0, b"conectix", "vhd"),
    (64, b"\x7f\x10\xda\xbe", "vdi"),
    (32769, b"CD001", "iso"),
]
_PACKED = [(0, b"\x1f\x8b"), (0, b"\xfd7zXZ\0"), (0, b"(\xb5/\xfd"), (0, b"BZh"), (0, b"PK\3\4"), (257, b"ustar")]


def bootable(image: Json) -> bool:
    """Whether a server can be started from it now."""
    packed = image.get("container_format", "bare") != "bare"
    return image["status"] == "active" and image["disk_format"] in BOOTABLE and not packed


def sniff(head: bytes) -> str:
    """The disk format of a file that begins so: one of FORMATS, or "" for an archive, which must be unpacked first."""
    if any(head[at : at + len(mark)] == mark for at, mark in _PACKED):
        return ""
    return next((name for at, mark, name in _MARKS if head[at : at + len(mark)] == mark), "raw")


class Arriving:
    """The bytes of a file on their way: the first ones are looked at before any go on."""

    def __init__(self, stream: AsyncIterator[bytes], sums: bool) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256() if sums else None
        self._head: list[bytes] = []

    async def head(self) -> bytes:
        """The first HEAD bytes, or all there are."""
        while sum(map(len, self._head)) < HEAD:
            block = await anext(self._stream, b"")
            if not block:
                break
            self._head.append(block)
        return b"".join(self._head)

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """All of it, from the beginning. Hashing is other cores' work: the loop serves everybody."""
        for block in self._head:
            await self._count(block)
            yield block
        async for block in self._stream:
            await self._count(block)
            yield block

    async def _count(self, block: bytes) -> None:
        if self._sha256:
            await asyncio.to_thread(self._sha256.update, block)

    def sums(self, image: Json) -> dict[str, str]:
        """Algorithm → hex digest: as the cloud has it, and as it passed here."""
        found = {"md5": image["checksum"], image["os_hash_algo"]: image["os_hash_value"]}
        return found | ({"sha256": self._sha256.hexdigest()} if self._sha256 else {})


def changes(image: Json, wanted: Json) -> list[Json]:
    """The JSON patch that makes the image what is wanted; a value of None takes the property away."""
    made: list[Json] = []
    for name, value in wanted.items():
        path = f"/{name}"
        if value is None:
            made += [{"op": "remove", "path": path}] if name in image else []
        elif image.get(name) != value:
            made.append({"op": "replace" if name in image else "add", "path": path, "value": value})
    return made


def failure(tasks: list[Json]) -> str:
    """Why the last import failed, as the service says it; "" when it did not."""
    ended = max(tasks, key=lambda task: str(task["updated_at"]), default=None)
    return str(ended["message"]) if ended and ended["status"] == "failure" else ""
