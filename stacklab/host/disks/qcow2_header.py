"""The parts of a qcow2 header that decide whether it may be opened (QEMU's docs/interop/qcow2.txt)."""

import struct

from msgspec import Struct

MAGIC = b"QFI\xfb"

_VERSION_2_LENGTH = 72
_DATA_FILE_FEATURE = 1 << 2
_KNOWN_FEATURES = 0b11111  # dirty, corrupt, data file, compression type, extended L2
_CORRUPT_FEATURE = 1 << 1
_MOST_L1 = 32 << 20  # bytes, as the next
_MOST_REFCOUNTS = 8 << 20
_MOST_SNAPSHOTS = 65536
_EXTENSION_END = 0
_EXTENSION_DATA_FILE = 0x44415441


class Qcow2Header(Struct, frozen=True):
    """`problem` is a clause about why it cannot be used, empty if it can."""

    virtual_size: int
    backing_file: bool
    data_file: bool
    problem: str = ""


def parse(head: bytes, file_size: int) -> Qcow2Header:
    """From the first 64 KiB (at least 512 bytes) of a file of this many bytes that starts with MAGIC."""
    version, backing_offset, _backing_length, cluster_bits, size, encryption = struct.unpack_from(">IQIIQI", head, 4)
    backing, data_file = backing_offset != 0, False
    if version not in (2, 3):
        return Qcow2Header(size, backing, False, f"it is version {version}, not 2 or 3")
    features, length = 0, _VERSION_2_LENGTH
    if version == 3:
        (features,) = struct.unpack_from(">Q", head, 72)
        (length,) = struct.unpack_from(">I", head, 100)
        data_file = bool(features & _DATA_FILE_FEATURE)
    data_file = data_file or _names_data_file(head, length)
    return Qcow2Header(
        size, backing, data_file, _problem(cluster_bits, encryption, features) or _tables(head, file_size)
    )


def _problem(cluster_bits: int, encryption: int, features: int) -> str:
    if not 9 <= cluster_bits <= 21:
        return f"its cluster size of 2^{cluster_bits} bytes is not one QEMU knows"
    if encryption:
        return "it is encrypted"
    if features & _CORRUPT_FEATURE:
        return "it is marked as corrupt"
    if features & ~_KNOWN_FEATURES:
        return "it needs features that are not known here"
    return ""


def _tables(head: bytes, file_size: int) -> str:
    """Tables that QEMU would take into memory whole (its own limits), and those that are not in the file."""
    entries, at = struct.unpack_from(">IQ", head, 36)
    refcounts_at, clusters, snapshots, snapshots_at = struct.unpack_from(">QIIQ", head, 48)
    (cluster_bits,) = struct.unpack_from(">I", head, 20)
    refcounts = clusters << cluster_bits
    if 8 * entries > _MOST_L1 or refcounts > _MOST_REFCOUNTS or snapshots > _MOST_SNAPSHOTS:
        return "its tables are larger than QEMU takes"
    ends = (1 << cluster_bits, at + 8 * entries, refcounts_at + refcounts, snapshots_at + snapshots)
    return "it is cut off: its tables are not in it" if max(ends) > file_size else ""


def _names_data_file(head: bytes, offset: int) -> bool:
    """Walk the header extensions: type, length, data padded to 8 bytes."""
    while offset + 8 <= len(head):
        kind, length = struct.unpack_from(">II", head, offset)
        if kind == _EXTENSION_END:
            return False
        if kind == _EXTENSION_DATA_FILE:
            return True
        offset += 8 + (length + 7 & ~7)
    return False
