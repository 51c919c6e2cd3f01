"""What the guest is made of. Changing anything here, or any file beside it, rebuilds the image."""

import hashlib
from pathlib import Path

from msgspec import Struct

HERE = Path(__file__).parent

ROOT_LABEL = "stacklab-root"
"""How the initrd finds the root file system (≤ 16 bytes, an ext4 rule)."""

HEADROOM_MIB = 12
"""Free space of the root file system before it grows into its flavor's disk."""

MAX_IMAGE_BYTES = 30 * 1024 * 1024
"""What the finished qcow2 may weigh: it is downloaded, copied and cached by people."""

KERNEL_METAPACKAGES = ("linux-image-cloud-amd64", "linux-image-virtual", "linux-image-generic")
"""Debian's kernel for virtual machines, Ubuntu's, and Ubuntu's for everything: the first that apt knows is taken."""

PACKAGES = ("busybox-static", "dropbear-bin", "e2fsprogs", "util-linux")
"""Their dependencies come by apt's own resolution, so library packages may be called what they like."""

PROGRAMS = ("dropbear", "dropbearkey", "mke2fs", "e2fsck", "resize2fs", "lsblk", "blkid")
"""Taken from the packages with the libraries they load; busybox supplies every other command."""

LINKS = {"usr/sbin/mkfs.ext4": "mke2fs", "usr/sbin/mkfs.ext3": "mke2fs", "usr/sbin/init": "/usr/bin/busybox"}

DISK_MODULES = ("virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod", "ata_piix")
"""Loaded by the initrd to find the root disk, on every bus a hypervisor driver may choose."""

MODULES = ("virtio_net", "sr_mod", "isofs", "button", "evdev")
OPTIONAL_MODULES = (
    *("virtio_rng", "virtio_balloon", "virtio_console", "ahci", "e1000", "8021q"),
    *("vfat", "nls_cp437", "nls_ascii", "nls_utf8", "nls_iso8859_1"),
)
"""Not in every distribution's kernel for virtual machines; the guest can do without."""

KERNEL_ARGUMENTS = "console=tty0 console=ttyS0,115200 quiet loglevel=4 panic=10 mitigations=off edd=off tsc=reliable"


class Geometry(Struct, frozen=True):
    """The disk in 512-byte sectors: MBR, a FAT partition to boot from, then the root, last so that it can grow."""

    boot_start: int
    boot_sectors: int
    root_sectors: int

    @property
    def root_start(self) -> int:
        return self.boot_start + self.boot_sectors

    @property
    def end(self) -> int:
        return self.root_start + self.root_sectors


def digest() -> str:
    """A hash of every file of the recipe: the image is rebuilt when it changes."""
    sha = hashlib.sha256()
    for path in sorted(p for p in HERE.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        sha.update(f"{path.relative_to(HERE)} {path.stat().st_mode & 0o111:o}\n".encode())
        sha.update(path.read_bytes())
    return sha.hexdigest()
