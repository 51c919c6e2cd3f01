"""The guest image every node offers from its first minute: a small Linux built from the distribution's own packages.

`recipe.py` says what goes in, `root/` and `initrd/` are the guest's own files as they lie in the guest, and `build.py`
puts them together: packages → root file system and initrd → a disk that boots on a PC's BIOS. Nothing is compiled and
nothing is fetched but packages of the machine's own Debian or Ubuntu.

The guest tells its boot on the serial console, a line for each step, `stacklab-guest: [SECONDS] STEP DETAIL`:
see `root/etc/rcS`.
"""

import os
from pathlib import Path

IMAGE_NAME = "stacklab-guest.qcow2"


def cache_dir() -> Path:
    """Where the built image is kept between checkouts: a cache, safe to delete."""
    if os.geteuid() == 0:
        return Path("/var/cache/stacklab")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stacklab"


def default_image() -> Path:
    """Where `make install` puts the guest image and where the server looks when no setting names another."""
    return cache_dir() / IMAGE_NAME


def built_image() -> Path | None:
    """The default image where it has been built, None on a machine that only simulates."""
    image = default_image()
    return image if image.exists() else None
