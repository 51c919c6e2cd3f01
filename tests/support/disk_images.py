"""Image files of every format, honest and hostile, made byte by byte where that is short, else by qemu-img."""

import json
import struct
import subprocess
from pathlib import Path
from uuid import UUID

MIB = 1 << 20
SIZE = 16 * MIB

QEMU_FORMATS = {
    "qcow2": ("qcow2", ""),
    "qcow2 of version 2": ("qcow2", "compat=0.10"),
    "vmdk": ("vmdk", "subformat=monolithicSparse"),
    "vmdk for streaming": ("vmdk", "subformat=streamOptimized"),
    "vdi": ("vdi", ""),
    "vhd": ("vpc", "force_size=on"),
    "fixed vhd": ("vpc", "subformat=fixed,force_size=on"),
    "vhdx": ("vhdx", ""),
}


def qemu_image(path: Path, what: str) -> str:
    """An empty image of SIZE bytes of this kind; returns the format to declare."""
    format, options = QEMU_FORMATS[what]
    command = ["qemu-img", "create", "-q", "-f", format, *(["-o", options] if options else []), str(path), str(SIZE)]
    subprocess.run(command, check=True)
    return "vhd" if format == "vpc" else format


def qcow2(
    *,
    size: int = SIZE,
    version: int = 3,
    backing: int = 0,
    features: int = 0,
    encryption: int = 0,
    extension: int = 0,
    before: int = 0,
    cluster_bits: int = 16,
    l1: int = 0,
    l1_at: int = 0,
    refcount_clusters: int = 0,
    snapshots: int = 0,
) -> bytes:
    """The header of a qcow2 file (all zero behind it): enough for whoever only looks at headers."""
    head = struct.pack(">4sIQIIQI", b"QFI\xfb", version, backing, 8 if backing else 0, cluster_bits, size, encryption)
    head += struct.pack(">IQQIIQ", l1, l1_at, 0, refcount_clusters, snapshots, 0)
    head = head.ljust(72, b"\0")
    if version > 2:
        head = (head + struct.pack(">Q", features)).ljust(100, b"\0") + struct.pack(">I", 104)
    if before:  # an extension that nobody knows, of so many bytes
        head += struct.pack(">II", 0x12345678, before) + bytes(before)
    if extension:
        head += struct.pack(">II", extension, 3) + b"abc".ljust(8, b"\0")
    return head.ljust(64 << 10, b"\0")


def vmdk(descriptor: str, capacity: int = SIZE, sector: int = 1, first: str = "") -> bytes:
    """A sparse VMDK's header that says the descriptor is at `sector`; `first` is what the second has otherwise."""
    head = struct.pack("<4sIIQQQQ", b"KDMV", 1, 3, capacity // 512, 128, sector, 2)
    made = bytearray(head.ljust(64 << 10, b"\0"))
    for at, text in ((1, first), (sector, descriptor)):
        made[at * 512 : at * 512 + len(text)] = text.encode()
    return bytes(made)


def vdi(kind: int = 1, size: int = SIZE) -> bytes:
    head = bytearray(64 << 10)
    struct.pack_into("<I", head, 0x40, 0xBEDA107F)
    struct.pack_into("<I", head, 0x4C, kind)
    struct.pack_into("<Q", head, 0x170, size)
    return bytes(head)


def vhd(kind: int = 3, size: int = SIZE) -> bytes:
    footer = bytearray(b"conectix".ljust(512, b"\0"))
    struct.pack_into(">Q", footer, 48, size)
    struct.pack_into(">I", footer, 60, kind)
    return bytes(footer).ljust(64 << 10, b"\0")


def vhdx(region_at: int, regions: int = 1) -> bytes:
    """Marks and a region table that says the metadata is at `region_at`; there is none."""
    made = bytearray(b"vhdxfile".ljust(320 << 10, b"\0"))
    struct.pack_into("<4sII", made, 192 << 10, b"regi", 0, regions)
    made[(192 << 10) + 16 : (192 << 10) + 32] = UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e").bytes_le
    struct.pack_into("<QI", made, (192 << 10) + 32, region_at, 64 << 10)
    return bytes(made)


def both(one: bytes, other: bytes) -> bytes:
    """A polyglot: the bytes of the first where it has any, else of the second."""
    return bytes(a or b for a, b in zip(one, other, strict=True))


def iso(*, hybrid: bool = False, start: bytes = b"") -> bytes:
    """An ISO 9660 file by its mark; hybrid ones have an MBR too. `start` is what a polyglot begins with."""
    data = bytearray(start.ljust(64 << 10, b"\0"))
    data[0x8001:0x8006] = b"CD001"
    if hybrid:
        data[510:512] = b"\x55\xaa"
    return bytes(data)


def partitioned() -> bytes:
    """A raw disk with an MBR."""
    return (b"\0" * 510 + b"\x55\xaa").ljust(MIB, b"\0")


def raw(path: Path, format: str) -> bytes:
    """What a guest would read of it."""
    if format == "raw":
        return path.read_bytes()
    flat = path.with_name(f"{path.name}.flat")
    subprocess.run(["qemu-img", "convert", "-f", format, "-O", "raw", str(path), str(flat)], check=True)
    return flat.read_bytes()


def write(path: Path, at: int, byte: int) -> None:
    """64 KiB of this byte into a qcow2, as a guest would."""
    command = ["qemu-io", "-f", "qcow2", "-c", f"write -P {byte} {at} 64k", str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def virtual_size(path: Path) -> int:
    """In bytes, as QEMU sees a qcow2."""
    command = ["qemu-img", "info", "--output=json", "-f", "qcow2", str(path)]
    return int(json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["virtual-size"])


def iso_files(path: Path) -> dict[str, bytes]:
    """Every file of an ISO 9660 volume, as a guest that knows Rock Ridge sees it."""
    listed = subprocess.run(["isoinfo", "-R", "-f", "-i", str(path)], capture_output=True, check=True, text=True)
    files = {}
    for name in listed.stdout.split():
        if not _is_folder(name, listed.stdout):
            command = ["isoinfo", "-R", "-x", name, "-i", str(path)]
            files[name.lstrip("/")] = subprocess.run(command, capture_output=True, check=True).stdout
    return files


def _is_folder(name: str, listing: str) -> bool:
    return any(line.startswith(name + "/") for line in listing.splitlines())
