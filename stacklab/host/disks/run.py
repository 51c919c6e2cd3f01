"""The one way a disk tool is run: a fixed argument list, no shell, and limits a hostile image cannot talk away."""

import os
import shutil
import subprocess
from collections.abc import Sequence

from msgspec import Struct

from stacklab.core import log
from stacklab.host.disks.spec import DiskError
from stacklab.host.hypervisor.account import Account

_log = log.get(__name__)


class Limits(Struct, frozen=True):
    """Address space in bytes, processor time and wall-clock time in seconds, the largest file written in bytes."""

    address_space: int
    cpu_seconds: int
    seconds: float
    file_bytes: int | None = None


LOOK = Limits(address_space=1 << 30, cpu_seconds=10, seconds=30)
"""For a glance at a header."""

WORK = Limits(address_space=2 << 30, cpu_seconds=1800, seconds=3600)
"""For converting a whole image."""


def run(command: Sequence[str], limits: Limits, account: Account | None = None, files: Sequence[int] = ()) -> bytes:
    """Standard output of the command. DiskError when it fails, hangs or is not installed; details go to the log.

    With an account it runs as that; `files` are descriptors that it inherits. The limits are set by prlimit(1) before
    the tool is executed: a `preexec_fn` is unsafe in a process with threads.
    """
    tool = command[0]
    if shutil.which(tool) is None:
        raise DiskError(f"{tool} is not installed on this machine.")
    limited = ["prlimit", f"--as={limits.address_space}", f"--cpu={limits.cpu_seconds}", "--core=0"]
    if limits.file_bytes is not None:
        limited.append(f"--fsize={limits.file_bytes}")
    limited += command
    try:
        done = subprocess.run(
            [*_become(account), *limited],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
            pass_fds=files,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},  # no secrets of ours, no translated errors
        )
    except subprocess.TimeoutExpired as error:
        raise DiskError(f"{tool} did not finish within {limits.seconds:g} seconds.") from error
    if done.returncode != 0:
        detail = done.stderr.decode("utf-8", "replace").strip()
        _log.warning("a disk tool failed", command=" ".join(command), code=done.returncode, detail=detail)
        raise DiskError(_sentence(tool, detail))
    return done.stdout


def _become(account: Account | None) -> list[str]:
    """In no group but the one things are lent to; no set-user-ID program gives anything back."""
    if account is None or account.uid == os.geteuid():
        return []
    return ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups", "--no-new-privs"]


def _sentence(tool: str, detail: str) -> str:
    """Without paths: what is said to the person whose image or server it is."""
    if "No space left on device" in detail:
        return "The machine's disk is full."
    if "lock" in detail:
        return "The disk is in use by another process."
    return f"{tool} could not work with this disk; it may be damaged."
