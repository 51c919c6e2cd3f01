"""The last plan applied, on disk: what a new process audits against after a crash."""

from pathlib import Path

import msgspec

from stacklab.host.network.plan import NetworkPlan


class PlanStore:
    """One JSON file, replaced whole; a file that is missing or broken reads as the empty plan."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written: tuple[int, int] | None = None

    def untouched(self) -> bool:
        """Whether the file is the very one that was saved last, without reading it."""
        return self._written is not None and self._written == self._identity()

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def load(self) -> NetworkPlan:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=NetworkPlan)
        except (FileNotFoundError, msgspec.DecodeError):
            return NetworkPlan()

    def save(self, plan: NetworkPlan) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(plan))
        fresh.replace(self.path)
        self._written = self._identity()

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
