"""A file that does nothing but take room. Where others have filled the disk, a start gives it up: for a node that does
not start, nobody can delete anything."""

import os
from pathlib import Path

from stacklab.core import log

_log = log.get(__name__)
NAME = "ballast"
SIZE = 32 << 20


def give_up(state: Path) -> None:
    """Before a start, where there is too little room for one."""
    path = state / NAME
    if _free(state) < SIZE and path.exists():
        path.unlink()
        _log.warning("the disk is full: what was kept free for this is given up", path=str(path))


def take(state: Path, reserved: int) -> None:
    """After a start and now and then, where there is plenty beside the bytes that uploads leave; none for 0."""
    path = state / NAME
    if not reserved or _size(path) >= SIZE or _free(state) < reserved + 2 * SIZE:
        return
    try:
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, SIZE)
    except (OSError, AttributeError):  # a file system, or a system, that cannot
        path.unlink(missing_ok=True)


def _free(state: Path) -> int:
    found = os.statvfs(state)
    return found.f_bavail * found.f_frsize


def _size(path: Path) -> int:
    return path.stat().st_blocks * 512 if path.exists() else 0
