"""Serial console logs: the guest writes them, so their size and content are never trusted."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

READ_LIMIT = 1 << 20  # bytes of tail ever read into memory
SIZE_LIMIT = 4 << 20  # a guest that writes more loses what it had written before


def tail(path: Path, lines: int | None) -> str:
    """The last `lines` lines (all when None) of at most READ_LIMIT bytes, invalid UTF-8 replaced; "" when no file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - READ_LIMIT))
            text = file.read(READ_LIMIT).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    if lines is None:
        return text
    if lines <= 0:
        return ""
    return "".join(text.splitlines(keepends=True)[-lines:])


def trim(path: Path, limit: int = SIZE_LIMIT) -> bool:
    """Cut a log above `limit` bytes to nothing; True if cut. QEMU appends, so it goes on at the start."""
    try:
        if path.stat().st_size <= limit:
            return False
        with path.open("r+b") as file:
            file.truncate(0)
    except FileNotFoundError:
        return False
    return True


class Trimmer:
    """A thread that trims the logs `paths()` names every `interval` seconds, until closed."""

    def __init__(self, paths: Callable[[], Iterable[Path]], interval: float = 30.0) -> None:
        self._paths, self._interval = paths, interval
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="console-log-trim", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(self._interval):
            for path in self._paths():
                trim(path)
