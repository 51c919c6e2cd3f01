"""The last plan applied, on disk: what a new process audits against after a crash."""

from pathlib import Path

import msgspec

from stacklab.host.network.plan import NetworkPlan


class PlanStore:
    """One JSON file, replaced whole; a file that is missing or broken reads as the empty plan."""

    def __init__(self, path: Path) -> None:
        self.path = path

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

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
