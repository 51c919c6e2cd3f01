"""What a check is asked about and what it answers."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    """Present: it works. Missing: a command brings it. Broken: it is there and fails; the detail is the evidence."""

    PRESENT = "present"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """`detail` says what was seen; `mend` is a command to type, empty where none helps."""

    state: State
    detail: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """The node to be: its state directory, its listener as HOST:PORT, its guest image."""

    state: Path
    listen: str
    guest_image: Path


def present(detail: str) -> Finding:
    return Finding(State.PRESENT, detail)


def missing(detail: str, mend: str) -> Finding:
    return Finding(State.MISSING, detail, mend)


def broken(evidence: str, mend: str = "") -> Finding:
    return Finding(State.BROKEN, evidence, mend)
