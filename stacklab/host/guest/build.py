"""From recipe to image: the steps in order, and the memory of what was built last."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stacklab.host.guest import IMAGE_NAME, debs, recipe, rootfs
from stacklab.host.guest.disk import make_disk
from stacklab.host.guest.initrd import pack_initrd
from stacklab.host.guest.modules import Modules
from stacklab.host.guest.shell import BuildError, run

Say = Callable[[str], None]


def ensure(directory: Path, say: Say) -> Path:
    """Return the image in `directory`, built if it is missing or its recipe has changed since.

    Two builders at once wait for each other. Raises BuildError;
    the image that was there stays until the new one is whole.
    """
    directory.mkdir(parents=True, exist_ok=True)
    image, memory = directory / IMAGE_NAME, directory / f"{IMAGE_NAME}.recipe"
    with _alone(directory):
        wanted = recipe.digest()
        if image.exists() and memory.exists() and memory.read_text() == wanted:
            return image
        if os.geteuid() != 0:
            raise BuildError("building the guest image needs root: its files belong to the guest's root")
        _build(directory, image, say)
        memory.write_text(wanted)
    return image


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(directory: Path, image: Path, say: Say) -> None:
    with tempfile.TemporaryDirectory(prefix="build-", dir=directory) as name:
        work = Path(name)
        say("guest image: fetching packages")
        files = _download(work / "debs")
        say(f"guest image: unpacking {len(files)} packages")
        packages = work / "packages"
        debs.unpack(files, packages)
        say("guest image: putting the disk together")
        _assemble(packages, work, work / IMAGE_NAME)
        shutil.move(work / IMAGE_NAME, image)
    say(f"guest image: {image} ({image.stat().st_size / 1e6:.1f} MB)")


def _download(into: Path) -> list[Path]:
    """The guest's packages; apt's lists are refreshed when they are missing or name what the archive has no longer."""

    def attempt() -> list[Path]:
        wanted = debs.closure(recipe.PACKAGES) + debs.kernel_packages(recipe.KERNEL_METAPACKAGES)
        return debs.fetch(wanted, into)

    try:
        return attempt()
    except BuildError:
        run("apt-get", "--quiet", "update")
        return attempt()


def _assemble(packages: Path, work: Path, output: Path) -> None:
    modules = Modules(next((packages / "usr/lib/modules").iterdir()))
    root, initrd = work / "root", work / "initrd"
    rootfs.make_root(packages, modules, root)
    rootfs.make_initrd(packages, modules, initrd)
    pack_initrd(initrd, work / "initrd.gz")
    kernel = packages / "boot" / f"vmlinuz-{modules.version}"
    make_disk(kernel, work / "initrd.gz", root, work, output)
