"""The simulated driver: holds the plan in memory and in a file, touches nothing else, keeps the same promises."""

from pathlib import Path
from threading import Lock

from stacklab.host.network.plan import Drift, NetworkPlan
from stacklab.host.network.store import PlanStore
from stacklab.host.network.validate import validate


class SimulatedNetwork:
    """A machine made of one file, `plan.json`, that runs what the file holds: change it by hand to make it drift."""

    def __init__(self, state: Path) -> None:
        self._machine = PlanStore(state / "plan.json")
        self._wanted = self._machine.load()
        self._valid = NetworkPlan()  # the last plan that was checked here
        self._lock = Lock()

    def check(self) -> list[str]:
        return []

    def apply(self, plan: NetworkPlan) -> None:
        with self._lock:
            validate(plan, self._valid)
            if plan != self._wanted or not self._machine.untouched():
                self._machine.save(plan)
            self._wanted = self._valid = plan

    def audit(self) -> list[Drift]:
        with self._lock:
            return list(_differences(self._wanted, self._machine.load()))

    def metadata_binds(self) -> list[tuple[str, int]]:
        """None: no gateway exists to listen on, and no guest to call."""
        return []

    def close(self) -> None:
        """Nothing is held open."""

    def purge(self) -> None:
        with self._lock:
            self._machine.forget()
            self._wanted = NetworkPlan()


def _differences(wanted: NetworkPlan, found: NetworkPlan) -> list[Drift]:
    parts = ("networks", "external", "ports", "floating", "groups")
    return [
        Drift(f"the simulated machine's {part} differ from the plan")
        for part in parts
        if getattr(wanted, part) != getattr(found, part)
    ]
