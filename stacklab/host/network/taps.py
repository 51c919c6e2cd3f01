"""Flags of taps. The hypervisor makes taps and takes them away; here they are only looked for.

A guest with a floating IP may call itself by it: its frame must be allowed back out of the tap it came from (hairpin).
Others keep the flag off, so that no guest hears its own broadcasts.
"""

from collections.abc import Collection

from stacklab.host.network.links import Links, links_by_name
from stacklab.host.network.plan import Drift, NetworkPlan


class Taps:
    """Remembers which taps were set, by index: a server that was restarted has a new tap of the old name."""

    def __init__(self) -> None:
        self._set: dict[str, tuple[int, bool]] = {}
        self._sure = False  # what we did not set is as the kernel makes it: off

    def apply(self, plan: NetworkPlan, machine: Links) -> None:
        """Set what is new or changed; everything at first, and when in doubt."""
        known, self._set = self._set, {}
        present = links_by_name()
        for tap, on in _wanted(plan).items():
            index = present.get(tap)
            if index is None:
                continue
            before = known.get(tap, (index, False) if self._sure else None)
            if before == (index, on) or machine.set_hairpin(index, on):
                self._set[tap] = (index, on)
        self._sure = True

    def plugged(self, plan: NetworkPlan, port_ids: Collection[str], machine: Links) -> None:
        """Set these ports' taps, which are there now."""
        present = links_by_name()
        for tap, on in _wanted(plan, port_ids).items():
            index = present.get(tap)
            if index is None:
                continue
            before = self._set.get(tap, (index, False) if self._sure else None)
            if before == (index, on) or machine.set_hairpin(index, on):
                self._set[tap] = (index, on)

    def doubt(self) -> None:
        """Believe nothing at the next `apply`."""
        self._sure, self._set = False, {}

    def drift(self, plan: NetworkPlan, machine: Links) -> list[Drift]:
        present = links_by_name()
        return [
            Drift(f"tap: {tap} should {'' if on else 'not '}let a guest call itself")
            for tap, on in _wanted(plan).items()
            if tap in present and machine.hairpin(present[tap]) is (not on)
        ]


def _wanted(plan: NetworkPlan, port_ids: Collection[str] | None = None) -> dict[str, bool]:
    """Tap → whether its guest may call itself, of these ports or of all."""
    floating = {each.fixed for each in plan.floating}
    return {
        port.tap: not floating.isdisjoint(port.addresses)
        for port in plan.ports
        if port_ids is None or port.id in port_ids
    }
