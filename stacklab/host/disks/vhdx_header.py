"""The virtual size and parent flag of a VHDX file ([MS-VHDX] 2.2.3 region table, 2.6 metadata region)."""

import os
import struct
from typing import BinaryIO
from uuid import UUID

MAGIC = b"vhdxfile"

_REGION_TABLES = (192 << 10, 256 << 10)
_METADATA_REGION = UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e")
_VIRTUAL_SIZE = UUID("2fa54224-cd1b-4876-b211-5dbed83bf4b8")
_FILE_PARAMETERS = UUID("caa16737-fa36-4d43-b3b6-33f0aa44e76b")
_HAS_PARENT = 1 << 1
_MAX_ENTRIES = 2047


def parse(file: BinaryIO) -> tuple[int, bool]:
    """(virtual size in bytes, whether it has a parent). ValueError when the tables are not there."""
    region = _metadata_offset(file)
    items = _entries(_read(file, region, 64 << 10), b"metadata", count_at=10, count_format="<H", first=32, step=32)
    size = parent = None
    for item in items:
        (offset,) = struct.unpack_from("<I", item, 16)
        match UUID(bytes_le=item[:16]):
            case kind if kind == _VIRTUAL_SIZE:
                (size,) = struct.unpack("<Q", _read(file, region + offset, 8))
            case kind if kind == _FILE_PARAMETERS:
                _block_size, flags = struct.unpack("<II", _read(file, region + offset, 8))
                parent = bool(flags & _HAS_PARENT)
    if size is None or parent is None:
        raise ValueError("its metadata is incomplete")
    return size, parent


def _metadata_offset(file: BinaryIO) -> int:
    for table in _REGION_TABLES:
        block = _read(file, table, 64 << 10)
        for entry in _entries(block, b"regi", count_at=8, count_format="<I", first=16, step=32):
            if UUID(bytes_le=entry[:16]) == _METADATA_REGION:
                (offset,) = struct.unpack_from("<Q", entry, 16)
                return int(offset)
    raise ValueError("it has no metadata region")


def _entries(block: bytes, magic: bytes, *, count_at: int, count_format: str, first: int, step: int) -> list[bytes]:
    """The table's entries, 32 bytes each; none if it does not start with its magic."""
    if not block.startswith(magic):
        return []
    (count,) = struct.unpack_from(count_format, block, count_at)
    return [block[first + n * step : first + (n + 1) * step] for n in range(min(count, _MAX_ENTRIES))]


def _read(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(min(offset, file.seek(0, os.SEEK_END)))  # a table may point anywhere
    data = file.read(length)
    if len(data) < length and length <= 8:
        raise ValueError("it is cut off")
    return data
