"""The state directory: readable by its owner only, and held by one process at a time."""

import fcntl
import os
from pathlib import Path

PASSABLE = 0o711
"""Others cannot look in, but guests and dnsmasq, which are not root's, get through to what is lent to them."""


def keep_to_ourselves() -> None:
    """Whatever this process and its children make from now on is readable by its owner only, unless it says so."""
    os.umask(0o077)


class StateBusy(Exception):
    """Another process holds this state directory."""


class StateLock:
    """Holds `STATE/stacklab.lock` with our process id in it until the process ends, however it ends.

    Nobody lets go of it sooner: libvirt keeps a lock of its own till then, and the next process must not meet that.
    """

    def __init__(self, state: Path) -> None:
        state.mkdir(parents=True, exist_ok=True)
        state.chmod(PASSABLE)
        self.path = state / "stacklab.lock"

    def take(self) -> None:
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise StateBusy(f"another stacklab (process {holder(self.path)}) holds {self.path.parent}") from None
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())


def holder(lock: Path) -> int | None:
    """The process that holds the lock file, None when nobody does."""
    try:
        file = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(file, 20).decode()
        return int(text) if text.isdigit() else None
    else:
        return None
    finally:
        os.close(file)
