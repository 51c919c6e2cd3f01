"""Real disks: qcow2 files made by qemu-img, each on top of a cached base; config drives made by genisoimage."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from stacklab.host.disks import qcow2_header, untrusted
from stacklab.host.disks.local import BACKING, CONVERTIBLE, LocalDisks, link, replacing, safe_file_name, wanted_bytes
from stacklab.host.disks.run import LOOK, WORK, run
from stacklab.host.disks.spec import DiskError, ImageFacts, UnsafeImage
from stacklab.host.hypervisor.account import Account, guest_account

_QEMU_NAME = {"vhd": "vpc"}  # where QEMU calls a format otherwise

CONFIG_DRIVE_LABEL = "config-2"
"""What cloud-init and its kin look for."""


class QcowDisks(LocalDisks):
    """Needs `qemu-img` and `genisoimage`. Every file appears whole under its name or not at all.

    All belongs to us. What QEMU opens is lent to its account: images and config drives to read, root disks to write.
    """

    def __init__(self, folder: Path) -> None:
        self._guests = guest_account()
        super().__init__(folder, self._guests)
        self._lend_again()

    def inspect(self, path: Path, declared: str) -> ImageFacts:
        """Our own look first; only what passed it is shown to qemu-img, with the format named, never probed."""
        facts = super().inspect(path, declared)
        if declared != "qcow2" and declared not in CONVERTIBLE:
            return facts
        try:
            size = untrusted.virtual_size(path, _QEMU_NAME.get(declared, declared), self._guests)
        except DiskError as error:
            raise UnsafeImage(f"The image cannot be read as {declared}; it may be damaged.") from error
        return ImageFacts(declared, size, facts.actual_size)

    def convert(self, source: Path, format: str, wanted: str, target: Path, most: int) -> bool:
        self._write(source, _QEMU_NAME.get(format, format), wanted, target, most)
        return True

    def ensure_base(self, source: Path, format: str, name: str) -> Path:
        """qcow2 and raw are linked, not copied; other formats are converted to qcow2 once."""
        target = self._base(name, self._base_format(source, format))
        if target.exists():
            return target
        if format in BACKING:
            return link(source, target, self._lend)
        with replacing(target) as part:
            untrusted.convert(source, _QEMU_NAME.get(format, format), part, self._guests)
            self._lend(part)
        return target

    def ensure_root(self, domain_id: str, base: Path, base_format: str, size_gb: int) -> Path:
        """`base_format` is the image's; what `ensure_base` made of it says the base's name.

        qemu-img writes the new disk without opening the base (`-u`), which we have looked at: so it may run as us.
        """
        root = self._server(domain_id) / "root.qcow2"
        if root.exists():
            _grow(root, size_gb, self._guests)
            return root
        backing = (
            base.suffix.removeprefix(".") if base.suffix in (".qcow2", ".raw") else BACKING.get(base_format, "raw")
        )
        size = wanted_bytes(size_gb, _base_size(base, backing))
        with replacing(root) as part:
            base_path = str(base.resolve())
            made = ["-f", "qcow2", "-F", backing, "-u", "-b", base_path, str(part), str(size)]
            run(["qemu-img", "create", "-q", *made], LOOK)
            self._lend(part, writable=True)
        return root

    def copy_root(self, domain_id: str) -> None:
        """The layer of the guest's own writes alone: shared blocks where the file system has them, else copied."""
        root = self._server(domain_id) / "root.qcow2"
        if not root.exists():
            raise DiskError("The server has no disk.")
        with replacing(self._copy(domain_id)) as part:
            run(["cp", "--reflink=auto", "--sparse=auto", str(root), str(part)], WORK)
            self._lend(part)

    def flatten_copy(self, domain_id: str, base: str, target: Path, most: int) -> str:
        """The layers are told to qemu-img in words: what the copy's header says was the guest's QEMU's to write."""
        copy = self._copy(domain_id)
        try:
            below = self._standing_base(base)
            self._write(copy, "qcow2", "qcow2", target, most, (below, below.suffix.removeprefix(".")))
        finally:
            copy.unlink(missing_ok=True)
        return "qcow2"

    def _write(
        self, source: Path, format: str, wanted: str, target: Path, most: int, backing: tuple[Path, str] | None = None
    ) -> None:
        """Written by the guests' account, which may only read it afterwards; nothing is left of what failed."""
        try:
            untrusted.convert(source, format, target, self._guests, wanted, most, backing)
            self._guests.lend(target)
        except DiskError:
            target.unlink(missing_ok=True)
            raise

    def ensure_config_drive(self, domain_id: str, files: Mapping[str, bytes]) -> Path:
        """Joliet and Rock Ridge, so that every guest sees the long names."""
        path = self._server(domain_id) / "config.iso"
        with replacing(path) as part, tempfile.TemporaryDirectory(prefix="sl-config-") as folder:
            for name, content in files.items():
                file = Path(folder) / safe_file_name(name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            options = ["-quiet", "-J", "-r", "-ldots", "-allow-lowercase", "-allow-multidot", "-l"]
            run(["genisoimage", *options, "-V", CONFIG_DRIVE_LABEL, "-o", str(part), folder], LOOK)
            self._lend(part)
        return path

    def _lend_again(self) -> None:
        """The account may have got another number: a restored state directory, a container made anew."""
        for base in self._bases.iterdir():
            self._lend(base)
        for disk in self._servers.glob("*/*"):
            self._lend(disk, writable=disk.suffix == ".qcow2")


def _base_size(base: Path, backing: str) -> int:
    return _qcow2_size(base) if backing == "qcow2" else base.stat().st_size


def _grow(root: Path, size_gb: int, account: Account) -> None:
    """To `size_gb` if it is smaller; a disk never shrinks."""
    size = wanted_bytes(size_gb, 0)
    if _qcow2_size(root) < size:
        untrusted.grow(root, size, account)


def _qcow2_size(path: Path) -> int:
    """From its header: as true as what qemu-img says, without starting it."""
    with path.open("rb") as file:
        head = file.read(64 << 10)
        size = os.fstat(file.fileno()).st_size
    if not head.startswith(qcow2_header.MAGIC):
        raise DiskError("The disk is not a qcow2 file; it may be damaged.")
    return qcow2_header.parse(head.ljust(512, b"\0"), size).virtual_size
