"""The simulated driver: holds the plan in memory and in a file, touches nothing else, keeps the same promises."""

from collections.abc import Collection
from pathlib import Path
from threading import Lock

from stacklab.host.network.live import LivePlan, normal
from stacklab.host.network.plan import Drift, NetworkPlan, PlanChange
from stacklab.host.network.store import PlanStore
from stacklab.host.network.validate import NOTHING, validate


class SimulatedNetwork:
    """A machine made of `plan.json` and its journal, that runs what they hold: change them by hand to make it drift."""

    def __init__(self, state: Path) -> None:
        self._machine = PlanStore(state / "plan.json")
        self._wanted = LivePlan(self._machine.load())
        self._valid = False  # whether what is wanted was checked here
        self._lock = Lock()

    def check(self) -> list[str]:
        return []

    def apply(self, plan: NetworkPlan) -> None:
        with self._lock:
            before = self._wanted.freeze() if self._valid else NOTHING
            validate(plan, before)
            wanted = LivePlan(plan)
            if wanted.freeze() != before or not self._machine.untouched():
                self._machine.save(plan)
            self._wanted, self._valid = wanted, True

    def change(self, change: PlanChange) -> None:
        with self._lock:
            self._wanted.check(change)
            if self._wanted.differs(change):
                self._wanted.change(change)
                self._machine.add(change, self._wanted)

    def plugged(self, port_ids: Collection[str]) -> None:
        """Nothing: there are no taps."""

    def planned(self) -> NetworkPlan:
        with self._lock:
            return self._wanted.freeze()

    def audit(self) -> list[Drift]:
        with self._lock:
            if self._valid and self._machine.untouched():
                return []  # a glance: nobody but us has written there
            return list(_differences(self._wanted.freeze(), normal(self._machine.load())))

    def metadata_binds(self) -> list[tuple[str, int]]:
        """None: no gateway exists to listen on, and no guest to call."""
        return []

    def close(self) -> None:
        """What is open is only written to: it may be left so."""

    def purge(self) -> None:
        with self._lock:
            self._machine.forget()
            self._wanted = LivePlan(NetworkPlan())


def _differences(wanted: NetworkPlan, found: NetworkPlan) -> list[Drift]:
    parts = ("networks", "external", "ports", "floating", "groups")
    return [
        Drift(f"the simulated machine's {part} differ from the plan")
        for part in parts
        if getattr(wanted, part) != getattr(found, part)
    ]
