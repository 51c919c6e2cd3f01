"""The parts of a sparse VMDK that decide whether it may be opened: VMware's "Virtual Disk Format", read as QEMU does
in block/vmdk.c, which is what counts: it looks for a parent and for extents in places of its own choosing).
"""

import os
import re
import struct
from typing import BinaryIO

from msgspec import Struct

MAGIC = b"KDMV"

_SECTOR = 512
_QEMU_READS_AT = 0x200
"""Where QEMU looks for the name of a parent, whatever the header says of the description's place."""
LONGEST = 20 * _SECTOR  # of a description QEMU takes in
_ALONE = {"monolithicSparse", "streamOptimized"}
_KIND = re.compile(r'createType[ \t]*=[ \t]*"([^"]*)"')


class VmdkHeader(Struct, frozen=True):
    """`virtual_size` in bytes. `data_file`: the description names extents elsewhere, or could."""

    virtual_size: int
    backing_file: bool
    data_file: bool


def parse(head: bytes, file: BinaryIO) -> VmdkHeader:
    """From the start of a file with MAGIC (at least 512 bytes), and the file itself."""
    capacity, _grain, described_at, described_sectors = struct.unpack_from("<QQQQ", head, 12)
    said = _read(file, described_at * _SECTOR, max(min(described_sectors * _SECTOR, 64 << 10), LONGEST))
    kinds = _KIND.findall(said)
    # Without a capacity QEMU takes the description for the whole image, and opens the extents it lists.
    alone = capacity > 0 and len(kinds) == 1 and kinds[0] in _ALONE
    backing = any(_has_parent(text) for text in (said, _read(file, _QEMU_READS_AT, LONGEST)))
    return VmdkHeader(capacity * _SECTOR, backing, not alone)


def _read(file: BinaryIO, at: int, length: int) -> str:
    file.seek(min(at, file.seek(0, os.SEEK_END)))
    return file.read(length).decode("latin-1")


def _has_parent(description: str) -> bool:
    text = description.lower()
    lines = (line.replace(" ", "") for line in text.splitlines())
    named = any(line.startswith("parentcid=") and not line.startswith("parentcid=ffffffff") for line in lines)
    return named or "parentfilenamehint" in text
