"""Asking the machine's programs: bounded in time, and never an exception for a program that fails."""

import os
import shutil
import subprocess
from pathlib import Path

SECONDS = 20.0
SYSTEM_PATHS = ("/usr/sbin", "/sbin", "/usr/bin", "/bin")


def find(program: str) -> str | None:
    """The program's path, the system's own directories included: an ordinary user's PATH leaves them out."""
    return shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), *SYSTEM_PATHS)))


def ask(*command: str, feed: str | None = None) -> tuple[bool, str]:
    """Whether the program succeeded, and what it said (its errors when it failed)."""
    try:
        done = subprocess.run(
            command, input=feed, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"{command[0]} did not answer within {SECONDS:g} s"
    except OSError as error:
        return False, f"{command[0]}: {error.strerror}"
    said = done.stdout if done.returncode == 0 else done.stderr or done.stdout
    return done.returncode == 0, said.strip()


def nearest(path: Path) -> Path:
    """The directory itself or its nearest ancestor that is there."""
    return next(parent for parent in (path, *path.parents) if parent.exists())


def first_line(text: str) -> str:
    return text.splitlines()[0] if text else ""
