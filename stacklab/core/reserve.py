"""Room on a disk that uploads leave alone, so that the database can still be written when they have filled it: to
delete something takes room, too."""

import os
from collections.abc import Callable
from pathlib import Path

from stacklab.core.errors import NoSpace

Require = Callable[[], None]
"""Raises NoSpace where the reserve has been reached."""
_FILES = 64  # that can be made, where the file system counts them


def of(folder: Path, size: int) -> Require:
    """For the file system of a folder; `size` in bytes, none at all for 0."""
    if not size:
        return nothing
    name = str(folder)

    def require() -> None:
        found = os.statvfs(name)
        if found.f_bavail * found.f_frsize < size or (found.f_files and found.f_favail < _FILES):
            raise NoSpace("There is no space left for data on this node.")

    return require


def nothing() -> None:
    """No reserve."""
