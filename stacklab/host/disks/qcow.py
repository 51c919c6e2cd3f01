"""Real disks: qcow2 files made by qemu-img, each on top of a cached base; config drives made by genisoimage."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from stacklab.host.disks import qcow2_header
from stacklab.host.disks.local import BACKING, CONVERTIBLE, LocalDisks, link, replacing, safe_file_name, wanted_bytes
from stacklab.host.disks.run import LOOK, WORK, run
from stacklab.host.disks.spec import DiskError, ImageFacts, UnsafeImage
from stacklab.host.hypervisor.account import guest_account

_QEMU_NAME = {"vhd": "vpc"}  # where QEMU calls a format otherwise

CONFIG_DRIVE_LABEL = "config-2"
"""What cloud-init and its kin look for."""


class QcowDisks(LocalDisks):
    """Needs `qemu-img` and `genisoimage`. Every file appears whole under its name or not at all.

    All belongs to us. What QEMU opens is lent to its account: images and config drives to read, root disks to write.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, guest_account())
        self._lend_again()

    def inspect(self, path: Path, declared: str) -> ImageFacts:
        """Our own look first; only what passed it is shown to qemu-img, with the format named, never probed."""
        facts = super().inspect(path, declared)
        if declared != "qcow2" and declared not in CONVERTIBLE:
            return facts
        try:
            size = _asked_size(path, _QEMU_NAME.get(declared, declared))
        except DiskError as error:
            raise UnsafeImage(f"The image cannot be read as {declared}; it may be damaged.") from error
        return ImageFacts(declared, size, facts.actual_size)

    def ensure_base(self, source: Path, format: str, name: str) -> Path:
        """qcow2 and raw are linked, not copied; other formats are converted to qcow2 once."""
        target = self._base(name, self._base_format(source, format))
        if target.exists():
            return target
        if format in BACKING:
            return link(source, target, self._lend)
        with replacing(target) as part:
            source_format = _QEMU_NAME.get(format, format)
            run(["qemu-img", "convert", "-f", source_format, "-O", "qcow2", str(source), str(part)], WORK)
            self._lend(part)
        return target

    def ensure_root(self, domain_id: str, base: Path, base_format: str, size_gb: int) -> Path:
        """`base_format` is the image's; what `ensure_base` made of it says the base's name."""
        root = self._server(domain_id) / "root.qcow2"
        if root.exists():
            _grow(root, size_gb)
            return root
        backing = (
            base.suffix.removeprefix(".") if base.suffix in (".qcow2", ".raw") else BACKING.get(base_format, "raw")
        )
        size = wanted_bytes(size_gb, _base_size(base, backing))
        with replacing(root) as part:
            base_path = str(base.resolve())
            run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", backing, "-b", base_path, str(part), str(size)], LOOK)
            self._lend(part, writable=True)
        return root

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


def _asked_size(path: Path, format: str) -> int:
    """The virtual size in bytes, from a QEMU that has read all of the image's tables."""
    answer = json.loads(run(["qemu-img", "info", "-U", "--output=json", "-f", format, str(path)], LOOK))
    return int(answer["virtual-size"])


def _base_size(base: Path, backing: str) -> int:
    return _qcow2_size(base) if backing == "qcow2" else base.stat().st_size


def _grow(root: Path, size_gb: int) -> None:
    """To `size_gb` if it is smaller; a disk never shrinks."""
    size = wanted_bytes(size_gb, 0)
    if _qcow2_size(root) < size:
        run(["qemu-img", "resize", "-q", "-f", "qcow2", str(root), str(size)], LOOK)


def _qcow2_size(path: Path) -> int:
    """From its header: as true as what qemu-img says, without starting it."""
    with path.open("rb") as file:
        head = file.read(64 << 10)
    if not head.startswith(qcow2_header.MAGIC):
        raise DiskError("The disk is not a qcow2 file; it may be damaged.")
    return qcow2_header.parse(head.ljust(512, b"\0")).virtual_size
