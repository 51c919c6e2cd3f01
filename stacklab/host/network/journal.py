"""Plan changes in a file beside the plan's: one line each, so that writing one costs the same for any plan."""

import os
from pathlib import Path

import msgspec

from stacklab.host.network.plan import PlanChange

_decoder = msgspec.json.Decoder(PlanChange)
_encoder = msgspec.json.Encoder()


class Journal:
    """JSON lines behind a first line that names the plan they belong to.

    A last line that was cut off by a crash is not there; a journal of another plan, left by a crash between the two
    files, is empty.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self.size = 0  # bytes, as far as we wrote it

    def append(self, plan: str, change: PlanChange) -> None:
        """One more change to the plan of this name (a digest). Raises OSError, a full disk say."""
        if self._file is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self._path, flags, 0o600)
            self._write(plan.encode())
        self._write(_encoder.encode(change))

    def _write(self, line: bytes) -> None:
        assert self._file is not None
        if os.write(self._file, line + b"\n") <= len(line):
            raise OSError(f"{self._path} could not be written whole")
        self.size += len(line) + 1

    def untouched(self) -> bool:
        """Whether the file is still the one we write and as long as we left it; not there when we wrote none."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return self._file is None
        return self._file is not None and (found.st_ino, found.st_size) == (os.fstat(self._file).st_ino, self.size)

    def read(self, plan: str) -> list[PlanChange]:
        """The changes to the plan of this name."""
        try:
            first, *lines = self._path.read_bytes().split(b"\n")[:-1] or [b""]
        except OSError:
            return []
        if first != plan.encode():
            return []
        found = []
        for line in lines:
            try:
                found.append(_decoder.decode(line))
            except msgspec.DecodeError:
                break
        return found

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)
        if self._file is not None:
            os.close(self._file)
        self._file, self.size = None, 0
