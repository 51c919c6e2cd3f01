"""QEMUs that nobody will ever ask again: libvirt starts some to learn what they can do, and was killed meanwhile.

A guest's QEMU waits for libvirt before it runs anything and ends with it, or is found again; one that was only to be
questioned listens on its socket for ever.
"""

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path


def end_questioned(root: Path) -> None:
    """End those of this libvirt root, with their folders. Only for its owner, who is asking none at the moment."""
    for folder in (root / "lib" / "qemu").glob("qmp-*"):
        with suppress(OSError, ValueError):
            _end(int((folder / "qmp.pid").read_text()), folder)
        shutil.rmtree(folder, ignore_errors=True)


def _end(pid: int, folder: Path) -> None:
    """If it is still the one whose folder this is; its command line names it."""
    if os.fsencode(folder) in Path(f"/proc/{pid}/cmdline").read_bytes():
        os.kill(pid, signal.SIGKILL)
