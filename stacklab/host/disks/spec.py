"""What the disk driver is told and what it tells."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct


class ImageFacts(Struct, frozen=True):
    """What an uploaded file really is. Sizes in bytes."""

    format: str  # "raw", "qcow2", "iso", "vmdk", "vdi", "vhd", "vhdx", …
    virtual_size: int
    actual_size: int
    backing_file: bool = False
    data_file: bool = False


class UnsafeImage(Exception):
    """The file is not what it was declared to be, or reaches outside itself. The message tells the uploader which."""


class DiskError(Exception):
    """The disk could not be made: no space, a broken image. The message is for a person, without paths."""


class Disks(Protocol):
    """Synchronous, thread-safe, idempotent; qemu-img runs under address-space and CPU limits."""

    def inspect(self, path: Path, declared: str) -> ImageFacts:
        """Raises UnsafeImage for a backing file, a data file, or a content that is not `declared`."""
        ...

    def convert(self, source: Path, format: str, wanted: str, target: Path, most: int) -> bool:
        """Make `target`, new, of the same disk in another format, of at most `most` bytes. The source was inspected.

        False, and nothing made, where this driver has no tool for it. Raises DiskError.
        """
        ...

    def ensure_base(self, source: Path, format: str, name: str) -> Path:
        """The cached, bootable base made from an image file (converted when QEMU cannot back a qcow2 with it)."""
        ...

    def ensure_root(self, domain_id: str, base: Path, base_format: str, size_gb: int) -> Path:
        """The server's qcow2 root disk with the base as its backing file, grown to `size_gb` (0: as the image)."""
        ...

    def ensure_config_drive(self, domain_id: str, files: Mapping[str, bytes]) -> Path:
        """An ISO 9660 volume labelled `config-2` with these files; paths like `openstack/latest/meta_data.json`."""
        ...

    def copy_root(self, domain_id: str) -> None:
        """Put aside the root disk as it is now. Nothing may write to it meanwhile. Raises DiskError."""
        ...

    def flatten_copy(self, domain_id: str, base: str, target: Path, most: int) -> str:
        """Make `target`, new, of at most `most` bytes, of what was put aside: a disk that needs no other file.

        `base` is the name of the base it stands on. The copy is gone afterwards. Returns the format, raises DiskError.
        """
        ...

    def remove(self, domain_id: str) -> None:
        """Every disk of this server is gone afterwards."""
        ...

    def known(self) -> set[str]:
        """Ids of servers that have any disk here: the audit compares them with the database."""
        ...

    def remove_base(self, name: str) -> None: ...
    def free_bytes(self) -> int: ...
    def total_bytes(self) -> int: ...
