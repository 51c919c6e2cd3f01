"""A disk that boots on a PC's BIOS: MBR, a FAT partition with kernel and initrd, an ext4 root, packed as qcow2."""

import struct
import subprocess
from pathlib import Path

from stacklab.host.guest import recipe
from stacklab.host.guest.shell import BuildError, run

SECTOR = 512
MIB = 1024 * 1024
FAT_TYPE, LINUX_TYPE = 0x0C, 0x83
ACTIVE = 0x80
DISK_SIGNATURE = 0x534C4142
MBR_CODE = (Path("/usr/lib/syslinux/mbr/mbr.bin"), Path("/usr/lib/SYSLINUX/mbr.bin"))

SYSLINUX_CONFIG = f"""SERIAL 0 115200
DEFAULT guest
PROMPT 0
TIMEOUT 1
LABEL guest
 KERNEL /vmlinuz
 INITRD /initrd
 APPEND {recipe.KERNEL_ARGUMENTS}
"""


def make_disk(kernel: Path, initrd: Path, root: Path, work: Path, output: Path) -> None:
    """Write the qcow2 `output`. Raises BuildError when it would weigh more than the recipe allows."""
    boot = _boot_partition(kernel, initrd, work)
    root_fs = _root_partition(root, work)
    geometry = recipe.Geometry(MIB // SECTOR, boot.stat().st_size // SECTOR, root_fs.stat().st_size // SECTOR)
    raw = work / "disk.raw"
    raw.write_bytes(boot_sector(geometry))
    _append_at(raw, boot, geometry.boot_start)
    _append_at(raw, root_fs, geometry.root_start)
    run("syslinux", "--install", "--offset", str(geometry.boot_start * SECTOR), raw)
    run("qemu-img", "convert", "-c", "-O", "qcow2", raw, output)
    if output.stat().st_size > recipe.MAX_IMAGE_BYTES:
        raise BuildError(f"the image has {output.stat().st_size} bytes, more than {recipe.MAX_IMAGE_BYTES}")


def _boot_partition(kernel: Path, initrd: Path, work: Path) -> Path:
    image, config = work / "boot.fat", work / "syslinux.cfg"
    config.write_text(SYSLINUX_CONFIG)
    size = kernel.stat().st_size + initrd.stat().st_size
    sectors = (size // MIB + 3) * MIB // SECTOR
    image.touch()
    hidden = str(MIB // SECTOR)
    run(
        *("mformat", "-i", image, "-C", "-T", str(sectors), "-h", "64", "-s", "32", "-c", "4"),
        *("-H", hidden, "-v", "SLBOOT", "::"),
    )
    for source, name in ((kernel, "vmlinuz"), (initrd, "initrd"), (config, "syslinux.cfg")):
        run("mcopy", "-i", image, source, f"::/{name}")
    with image.open("r+b") as file:
        file.truncate(sectors * SECTOR)
    return image


def _root_partition(root: Path, work: Path) -> Path:
    """The root tree as ext4, a little larger than it must be; a journal, because guests are switched off like lamps."""
    image = work / "root.ext4"
    used = int(run("du", "--summarize", "--block-size=1M", root).split()[0])
    run(
        *("mke2fs", "-q", "-t", "ext4", "-L", recipe.ROOT_LABEL, "-m", "0", "-N", "2048", "-J", "size=4"),
        *("-b", "4096", "-d", root, image, f"{used + 4 + recipe.HEADROOM_MIB}M"),
    )
    return image


def boot_sector(geometry: recipe.Geometry) -> bytes:
    """The first sector: boot code, then four entries. Root is entry 1, what the guest grows; boot is entry 4."""
    code = next((path for path in MBR_CODE if path.exists()), None)
    if code is None:
        raise BuildError("the package syslinux-common is not installed")
    root = _entry(0, LINUX_TYPE, geometry.root_start, geometry.root_sectors)
    boot = _entry(ACTIVE, FAT_TYPE, geometry.boot_start, geometry.boot_sectors)
    table = struct.pack("<IH", DISK_SIGNATURE, 0) + root + bytes(32) + boot + b"\x55\xaa"
    return code.read_bytes()[:440].ljust(440, b"\0") + table


def _entry(flags: int, kind: int, start: int, count: int) -> bytes:
    """A partition by sector number; the ancient cylinder fields say "too large for me"."""
    beyond = b"\xfe\xff\xff"
    return struct.pack("<B3sB3sII", flags, beyond, kind, beyond, start, count)


def _append_at(disk: Path, part: Path, sector: int) -> None:
    """Copy a partition into place with holes kept: the root is mostly empty."""
    subprocess.run(
        [
            *("dd", f"if={part}", f"of={disk}", "bs=1M", "status=none"),
            *(f"seek={sector * SECTOR}", "oflag=seek_bytes", "conv=notrunc,sparse"),
        ],
        check=True,
    )
    with disk.open("r+b") as file:
        file.truncate(sector * SECTOR + part.stat().st_size)
