"""The guest's two file trees, the root and the initrd, put together from unpacked packages and our own files."""

import os
import shutil
from pathlib import Path

from stacklab.host.guest import recipe
from stacklab.host.guest.debs import MERGED
from stacklab.host.guest.modules import Modules
from stacklab.host.guest.shell import BuildError, run

MOUNT_POINTS = ("dev", "proc", "sys", "run", "tmp", "mnt", "root", "var/lib", "var/log", "home/lab")
LOADER = "lib64/ld-linux-x86-64.so.2"
LAB_UID = 1000


def make_root(packages: Path, modules: Modules, root: Path) -> None:
    """Fill `root` with the guest's root file system; the caller is root, so that owners come out right."""
    _skeleton(root)
    _busybox(packages, root)
    for name in recipe.PROGRAMS:
        _program(packages, name, root)
    for link, target in recipe.LINKS.items():
        (root / link).unlink(missing_ok=True)
        (root / link).symlink_to(target)
    modules.install(recipe.MODULES, root / "usr/lib/modules", recipe.OPTIONAL_MODULES)
    shutil.copytree(recipe.HERE / "root", root, symlinks=True, dirs_exist_ok=True)
    _own(root)


def make_initrd(packages: Path, modules: Modules, root: Path) -> None:
    """Fill `root` with what finds, grows and mounts the root disk: busybox, the disk modules and one script."""
    _skeleton(root)
    shutil.copy(_find(packages, "busybox"), root / "usr/bin/busybox")
    modules.install(recipe.DISK_MODULES, root / "usr/lib/modules")
    shutil.copytree(recipe.HERE / "initrd", root, dirs_exist_ok=True)
    (root / "init").chmod(0o755)


def _skeleton(root: Path) -> None:
    for name in (*MOUNT_POINTS, *(f"usr/{merged}" for merged in MERGED)):
        (root / name).mkdir(parents=True, exist_ok=True)
    for name in MERGED:
        (root / name).symlink_to(os.path.join("usr", name))


def _busybox(packages: Path, root: Path) -> None:
    """One static program and a link for each of its commands; setuid, for `su` and with it `sudo`."""
    busybox = root / "usr/bin/busybox"
    shutil.copy(_find(packages, "busybox"), busybox)
    for applet in run(busybox, "--list-full").split():
        link = root / applet
        if not link.exists():
            link.symlink_to("/usr/bin/busybox")


def _program(packages: Path, name: str, root: Path) -> None:
    """A program of a package in place of busybox's, with every library its own loader says it loads."""
    source = _find(packages, name)
    libraries = [packages / "usr/lib/x86_64-linux-gnu", packages / "usr/lib"]
    loader = packages / LOADER
    search = ":".join(str(path) for path in libraries)
    listing = run(loader, "--inhibit-cache", "--library-path", search, "--list", source)
    needed = [word for word in listing.split() if word.startswith(str(packages))]
    for directory in ("usr/sbin", "usr/bin"):
        (root / directory / name).unlink(missing_ok=True)
    for path in (source, loader, *map(Path, needed)):
        target = root / path.relative_to(packages)
        target.unlink(missing_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def _find(packages: Path, name: str) -> Path:
    for directory in ("usr/sbin", "usr/bin"):
        found = packages / directory / name
        if found.is_file():
            return found.parent.resolve() / name
    raise BuildError(f"none of the guest's packages has the program {name}")


def _own(root: Path) -> None:
    """Owners and modes that the checkout cannot carry: git keeps the executable bit and no more."""
    for directory, names, files in os.walk(root):
        for name in (*names, *files):
            os.chown(os.path.join(directory, name), 0, 0, follow_symlinks=False)
    os.chown(root / "home/lab", LAB_UID, LAB_UID)
    (root / "tmp").chmod(0o1777)
    (root / "root").chmod(0o700)
    (root / "etc/shadow").chmod(0o600)
    (root / "usr/bin/busybox").chmod(0o4755)
