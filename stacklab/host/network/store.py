"""The last plan applied, on disk: what a new process audits against after a crash."""

import hashlib
from pathlib import Path

import msgspec

from stacklab.host.network.journal import Journal
from stacklab.host.network.live import LivePlan
from stacklab.host.network.plan import NetworkPlan, PlanChange

ENOUGH = 1 << 20  # bytes of journal; beyond them, and beyond the size of the plan, the plan is written anew


class PlanStore:
    """A JSON file, replaced whole, and a journal of changes; what is missing or broken reads as the empty plan."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._journal = Journal(path.with_suffix(".changes"))
        self._written: tuple[int, int] | None = None
        self._size = 0
        self._name = ""

    def untouched(self) -> bool:
        """Whether the files are the very ones that were written last, without reading them."""
        return self._written is not None and self._written == self._identity() and self._journal.untouched()

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def load(self) -> NetworkPlan:
        """As it was saved, unless changes were added since."""
        try:
            text = self.path.read_bytes()
            plan = msgspec.json.decode(text, type=NetworkPlan)
        except (FileNotFoundError, msgspec.DecodeError):
            return NetworkPlan()
        changes = self._journal.read(_name(text))
        if not changes:
            return plan
        live = LivePlan(plan)
        for change in changes:
            live.change(change)
        return live.freeze()

    def save(self, plan: NetworkPlan) -> None:
        """The plan first: the old journal does not count for another plan, and is the state until now for the same."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        text = msgspec.json.encode(plan)
        fresh.write_bytes(text)
        fresh.replace(self.path)
        self._journal.forget()
        self._written, self._size, self._name = self._identity(), len(text), _name(text)

    def add(self, change: PlanChange, live: LivePlan) -> None:
        """Keep one change to what was saved; `live` already has it."""
        if self._written is None or self._journal.size > max(ENOUGH, self._size):
            self.save(live.freeze())
            return
        try:
            self._journal.append(self._name, change)
        except OSError:
            self._written = None  # a part of the line may be there: the next one is not put behind it
            raise

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self._journal.forget()
        self._written = None


def _name(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=16).hexdigest()
