"""Register each undo beside its action; a failure unwinds in reverse.

with Revert() as revert:
    disk = disks.ensure_root(...)
    revert.add(lambda: disks.remove(server_id))
    hypervisor.start(...)
    revert.keep()
"""

from collections.abc import Callable
from types import TracebackType

from stacklab.core import log

_log = log.get(__name__)


class Revert:
    """Runs what was added, last first, unless `keep()` was called before the block ended."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] = []

    def add(self, undo: Callable[[], object]) -> None:
        self._undo.append(undo)

    def keep(self) -> None:
        self._undo.clear()

    def __enter__(self) -> "Revert":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for undo in reversed(self._undo):
            try:
                undo()
            except Exception:
                # One undo that fails must not keep the others from running; the audit finds what is left.
                _log.exception("undo failed")
        self._undo.clear()
