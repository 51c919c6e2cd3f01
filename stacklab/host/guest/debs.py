"""Packages of the machine's own distribution: which are needed, fetched by apt, unpacked into one tree."""

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from stacklab.host.guest.shell import BuildError, run

MERGED = ("bin", "sbin", "lib", "lib64")
"""Directories that are links into /usr in every distribution since Debian 12, whatever a package's paths say."""


def closure(packages: Iterable[str]) -> list[str]:
    """The packages and all they depend on, as apt would install them on an empty machine, as `name=version`."""
    plan = run(
        *("apt-get", "--simulate", "--quiet", "--no-install-recommends"),
        *("-o", "Dir::State::status=/dev/null", "install", *packages),
    )
    return [f"{name}={version}" for name, version in re.findall(r"^Inst (\S+) \((\S+) ", plan, re.MULTILINE)]


def kernel_packages(metapackages: Iterable[str]) -> list[str]:
    """The package of the newest kernel, and its modules where the distribution (Ubuntu) packs them apart.

    Only these two kinds are followed: a kernel also depends on initramfs tools that the guest has no use for.
    """
    for meta in metapackages:
        image = _depends(meta, r"linux-image-\d\S*")
        if image:
            return image[:1] + _depends(image[0], r"linux-modules-\d\S*")
    raise BuildError("apt knows no kernel for the guest: has `apt-get update` been run?")


def _depends(package: str, pattern: str) -> list[str]:
    try:
        listing = run("apt-cache", "depends", package)
    except BuildError:
        return []  # apt does not know the package: the next distribution's name is tried
    return re.findall(rf"^ *\|?Depends: ({pattern})$", listing, re.MULTILINE)


def fetch(packages: Iterable[str], into: Path) -> list[Path]:
    """Download the packages' files, those that are not there yet, and return all the files of the directory."""
    into.mkdir(parents=True, exist_ok=True)
    run("apt-get", "-o", "APT::Sandbox::User=root", "--quiet", "download", *packages, cwd=into)
    return sorted(into.glob("*.deb"))


def unpack(debs: Iterable[Path], tree: Path) -> None:
    """Lay the packages' files over each other in `tree`, with /bin, /sbin and /lib merged into /usr."""
    for name in MERGED:
        (tree / "usr" / name).mkdir(parents=True, exist_ok=True)
        (tree / name).symlink_to(os.path.join("usr", name))
    for deb in debs:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as source:
            subprocess.run(
                ["tar", "-x", "--keep-directory-symlink", "--exclude=./usr/share", "-C", tree],
                stdin=source.stdout,
                check=True,
            )
        if source.returncode:
            raise BuildError(f"dpkg-deb could not read {deb.name}")
