"""What a file is, from its bytes alone: nothing untrusted is opened by QEMU before this has looked at it.

A file may claim several formats at once (that is an attack); all are found. Multi-byte numbers and offsets are those
of the formats' own documents.
"""

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from stacklab.host.disks import qcow2_header, vhdx_header, vmdk_header

SECTOR = 512
_HEAD = 64 << 10


class Found(Struct, frozen=True):
    """One format a file has the marks of. `problem` is a clause about why it cannot be used, empty if it can."""

    format: str
    virtual_size: int
    backing_file: bool = False
    data_file: bool = False
    problem: str = ""


class Sample(Struct, frozen=True):
    """An open file with its first 64 KiB (padded with zeros if shorter) and its last sector at hand."""

    file: BinaryIO
    size: int
    head: bytes
    tail: bytes


def find_all(path: Path) -> list[Found]:
    """Every structured format this file has the marks of; none for a raw disk (partitioned or not)."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(_HEAD)
        file.seek(max(0, size - SECTOR))
        return find_in(Sample(file, size, head.ljust(_HEAD, b"\0"), file.read(SECTOR)))


def find_in(sample: Sample) -> list[Found]:
    """The same of a file, or of as much of it as is there."""
    return [found for look in LOOKS if (found := look(sample)) is not None]


def is_partitioned(path: Path) -> bool:
    """An MBR signature ends the first sector: of MBR disks, GPT disks, and ISOs made for USB sticks."""
    with path.open("rb") as file:
        return file.read(SECTOR)[510:] == b"\x55\xaa"


def _qcow2(sample: Sample) -> Found | None:
    if not sample.head.startswith(qcow2_header.MAGIC):
        return None
    header = qcow2_header.parse(sample.head, sample.size)
    return Found("qcow2", header.virtual_size, header.backing_file, header.data_file, header.problem)


def _vmdk(sample: Sample) -> Found | None:
    """Only single-file VMDKs are of use: all others are descriptions of extents elsewhere."""
    if sample.head.startswith(b"# Disk DescriptorFile"):
        return Found("vmdk", 0, data_file=True)
    if sample.head.startswith(b"COWD"):
        return Found("vmdk", 0, problem="it is of the old ESX kind")
    if not sample.head.startswith(vmdk_header.MAGIC):
        return None
    header = vmdk_header.parse(sample.head, sample.file)
    return Found("vmdk", header.virtual_size, header.backing_file, header.data_file)


def _vdi(sample: Sample) -> Found | None:
    if sample.head[0x40:0x44] != b"\x7f\x10\xda\xbe":
        return None
    (kind,) = struct.unpack_from("<I", sample.head, 0x4C)
    (size,) = struct.unpack_from("<Q", sample.head, 0x170)
    return Found("vdi", size, backing_file=kind == 4)  # 4: a differencing image


def _vhd(sample: Sample) -> Found | None:
    """A dynamic disk has a copy of the footer at its start, a fixed one only the footer."""
    for footer in (sample.head[:SECTOR], sample.tail):
        if footer.startswith(b"conectix") and len(footer) == SECTOR:
            (size,) = struct.unpack_from(">Q", footer, 48)
            (kind,) = struct.unpack_from(">I", footer, 60)
            return Found("vhd", size, backing_file=kind == 4)  # 4: a differencing disk
    return None


def _vhdx(sample: Sample) -> Found | None:
    if not sample.head.startswith(vhdx_header.MAGIC):
        return None
    try:
        size, has_parent = vhdx_header.parse(sample.file)
    except (ValueError, struct.error) as error:
        return Found("vhdx", 0, problem=str(error))
    return Found("vhdx", size, backing_file=has_parent)


def _iso(sample: Sample) -> Found | None:
    if sample.head[0x8001:0x8006] != b"CD001":
        return None
    return Found("iso", sample.size)


def _luks(sample: Sample) -> Found | None:
    return Found("luks", 0, problem="it is encrypted") if sample.head.startswith(b"LUKS\xba\xbe") else None


def _others(sample: Sample) -> Found | None:
    """Formats that QEMU would recognize and nobody may upload."""
    for magic, name in _FOREIGN.items():
        if sample.head.startswith(magic):
            return Found(name, 0, problem="its format is not supported")
    return None


_FOREIGN = {
    b"QED\0": "qed",
    b"WithoutFreeSpace": "parallels",
    b"WithouFreSpacExt": "parallels",
    b"#!/bin/sh\n#V2.0 Format\nmodprobe cloop": "cloop",
}

LOOKS: tuple[Callable[[Sample], Found | None], ...] = (_qcow2, _vmdk, _vdi, _vhd, _vhdx, _iso, _luks, _others)
