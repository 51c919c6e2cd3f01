"""What real and simulated disks share: the folders they are kept in, and everything that needs no disk tool."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from stacklab.host.disks.inspect import PLAIN, inspect
from stacklab.host.disks.spec import DiskError, ImageFacts, UnsafeImage
from stacklab.host.hypervisor.account import Account

GIB = 1 << 30

BACKING = {"qcow2": "qcow2", "iso": "raw", **dict.fromkeys(PLAIN, "raw")}
"""Declared image format → the format QEMU backs a qcow2 with, for those that need no conversion."""

CONVERTIBLE = frozenset({"vmdk", "vdi", "vhd", "vhdx"})
"""Declared image formats that are made a qcow2 before anything boots from them."""


class LocalDisks:
    """`folder` holds `bases/<name>.<format>` and `servers/<id>/…`; both may be on any local file system.

    With an account, it is lent what guests open; without one, all is for our own eyes.
    """

    def __init__(self, folder: Path, account: Account | None = None) -> None:
        self._bases, self._servers = folder / "bases", folder / "servers"
        self._account = account
        for owned in (folder, self._bases, self._servers):
            owned.mkdir(parents=True, exist_ok=True)
            self._close(owned)
        self._sweep()

    def inspect(self, path: Path, declared: str) -> ImageFacts:
        return inspect(path, declared)

    def remove(self, domain_id: str) -> None:
        """Renamed first, so that a removal cut short leaves no half server under its id."""
        folder = self._server(domain_id)
        doomed = self._servers / f".{folder.name}.gone"
        if folder.exists():
            shutil.rmtree(doomed, ignore_errors=True)
            folder.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)

    def known(self) -> set[str]:
        names = set(os.listdir(self._servers))
        return {name for name in names if not name.startswith(".")}

    def remove_base(self, name: str) -> None:
        for path in self._base_candidates(name):
            path.unlink(missing_ok=True)

    def free_bytes(self) -> int:
        """What is left for unprivileged use."""
        stat = os.statvfs(self._servers)
        return stat.f_bavail * stat.f_frsize

    def total_bytes(self) -> int:
        stat = os.statvfs(self._servers)
        return stat.f_blocks * stat.f_frsize

    def _close(self, folder: Path) -> None:
        """To all but ourselves and the guests' account, which passes through."""
        if self._account:
            self._account.lend_way(folder)
        else:
            folder.chmod(0o700)

    def _lend(self, file: Path, writable: bool = False) -> None:
        """To the guests' account, with the folder it is in. Before the file has its name: later it may be in use."""
        if self._account:
            self._close(file.parent)
            self._account.lend(file, writable)

    def _sweep(self) -> None:
        """What a SIGKILL in the middle of something left behind."""
        for part in self._bases.glob(".*.part"):
            part.unlink()
        for doomed in self._servers.glob(".*.gone"):
            shutil.rmtree(doomed, ignore_errors=True)

    def _base_format(self, source: Path, format: str) -> str:
        """What a base made of this image will be. The image is looked at again: it lay on disk since its upload."""
        if format not in BACKING and format not in CONVERTIBLE:
            raise DiskError(f"An image of format {format} cannot be booted.")
        try:
            inspect(source, format)
        except UnsafeImage as error:
            raise DiskError(f"The image cannot be used. {error}") from error
        return BACKING.get(format, "qcow2")

    def _server(self, domain_id: str) -> Path:
        return self._servers / _plain_name(domain_id)

    def _base(self, name: str, format: str) -> Path:
        return self._bases / f"{_plain_name(name)}.{format}"

    def _copy(self, domain_id: str) -> Path:
        """Where a root disk is put aside: with the server's other disks, and gone with them."""
        return self._server(domain_id) / "root.copy"

    def _standing_base(self, name: str) -> Path:
        for path in self._base_candidates(name):
            if path.exists():
                return path
        raise DiskError("The image this server was started from is not on this machine any more.")

    def _base_candidates(self, name: str) -> list[Path]:
        return [self._base(name, format) for format in ("qcow2", "raw")]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name to write to beside `path`; it becomes `path` at the end, or nothing is left of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise DiskError(f"The disk could not be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


def link(source: Path, target: Path, lend: Callable[[Path], None] = lambda _file: None) -> Path:
    """A second name for the same bytes (images never change); a copy where the file system has no such thing.

    `lend` is called with the file before it has its name.
    """
    with replacing(target) as part:
        try:
            os.link(source, part)
        except OSError:
            shutil.copyfile(source, part)
        lend(part)
    return target


def wanted_bytes(size_gb: int, image_bytes: int) -> int:
    """A root disk's size: the flavor's, or the image's when that says 0. DiskError when the image does not fit."""
    if size_gb == 0:
        return image_bytes
    if image_bytes > size_gb * GIB:
        raise DiskError(f"The image needs a disk of {-(-image_bytes // GIB)} GB, the flavor has {size_gb} GB.")
    return size_gb * GIB


def safe_file_name(name: str) -> PurePosixPath:
    """A config drive's file name as a relative path that stays inside. ValueError for any other."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts:
        raise ValueError(f"{name!r} is not a file name inside a config drive")
    return path


def _plain_name(name: str) -> str:
    """Ids and checksums become file names; anything else would be a mistake of ours."""
    if not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"{name!r} cannot be a file name")
    return name
