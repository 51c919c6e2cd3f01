"""The verdict on an uploaded file: what it is, if that is what was declared and it stays within itself."""

from pathlib import Path

from stacklab.host.disks.headers import Found, find_all, is_partitioned
from stacklab.host.disks.spec import ImageFacts, UnsafeImage

PLAIN = frozenset({"raw", "ami", "ari", "aki"})
"""Declared formats without structure: their bytes are the disk (or kernel, or ramdisk)."""

LARGEST = (1 << 63) - 512
"""Bytes of the largest disk QEMU knows; a header may say more, and no database has room for such a number."""

ARCHIVES = frozenset({"ova", "docker", "ploop"})
"""Declared formats nothing here ever opens: they are stored, and cannot be booted."""


def inspect(path: Path, declared: str) -> ImageFacts:
    """Raises UnsafeImage for a backing file, a data file, a broken header, or a content that is not `declared`."""
    found = find_all(path)
    stat = path.stat()
    virtual = refuse(declared, found, is_partitioned(path))
    return ImageFacts(declared, stat.st_size if virtual is None else virtual, stat.st_blocks * 512)


def refuse(declared: str, found: list[Found], partitioned: bool) -> int | None:
    """Raises UnsafeImage as `inspect`; else the size of the disk in bytes, None where that is the file's own."""
    if declared in PLAIN | ARCHIVES:
        _refuse_structure(declared, found, partitioned)
        return None
    only = _only(declared, found)
    if only.backing_file:
        raise UnsafeImage("The image has a backing file; upload it flattened (qemu-img convert does that).")
    if only.data_file:
        raise UnsafeImage("The image keeps its data in another file; upload it as a single file.")
    if only.problem:
        raise UnsafeImage(f"The {declared} image cannot be used: {only.problem}.")
    if only.virtual_size > LARGEST:
        raise UnsafeImage(f"The {declared} image cannot be used: it says that its disk is larger than any can be.")
    return only.virtual_size


def _refuse_structure(declared: str, found: list[Found], partitioned: bool) -> None:
    """An ISO made to boot from a USB stick is a raw disk too; anything else with structure is not raw."""
    if {one.format for one in found} == {"iso"} and partitioned:
        return
    if found:
        raise UnsafeImage(f"The image was declared {declared}, but its content is {_names(found)}.")


def _only(declared: str, found: list[Found]) -> Found:
    match found:
        case [one] if one.format == declared:
            return one
        case []:
            raise UnsafeImage(f"The image was declared {declared}, but its content is raw.")
        case _:
            raise UnsafeImage(f"The image was declared {declared}, but its content is {_names(found)}.")


def _names(found: list[Found]) -> str:
    return " and ".join(sorted(one.format for one in found))
