"""What a check is asked about and what it answers."""

import os
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

ROOTS_COMMANDS = ("apt-get", "chmod", "make", "modprobe", "rm")


class State(StrEnum):
    """Present: it works. Missing: a command brings it. Broken: it is there and fails; the detail is the evidence."""

    PRESENT = "present"
    MISSING = "missing"
    BROKEN = "broken"


class Finding(Struct, frozen=True):
    """`detail` says what was seen; `mend` is a command to type, empty where none helps."""

    state: State
    detail: str
    mend: str = ""


class Subject(Struct, frozen=True):
    """The node to be: its state directory, its listener as HOST:PORT, its guest image."""

    state: Path
    listen: str
    guest_image: Path


def present(detail: str) -> Finding:
    return Finding(State.PRESENT, detail)


def missing(detail: str, mend: str) -> Finding:
    """`mend` as root would type it; an ordinary user is shown it with sudo."""
    return Finding(State.MISSING, detail, _as_typed(mend))


def broken(evidence: str, mend: str = "") -> Finding:
    """As `missing`; without `mend` no command is known that helps."""
    return Finding(State.BROKEN, evidence, _as_typed(mend))


def _as_typed(mend: str) -> str:
    return f"sudo {mend}" if mend and os.geteuid() != 0 and mend.split()[0] in ROOTS_COMMANDS else mend
