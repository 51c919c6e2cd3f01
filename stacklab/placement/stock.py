"""What is left where: which providers can take a request, and what to tell a person when none can."""

from collections.abc import Mapping

from msgspec import Struct

from stacklab.core.db.database import rows

_UNITS = {"VCPU": "vCPUs", "MEMORY_MB": "MB of memory", "DISK_GB": "GB of disk"}
_LOAD = """
SELECT provider_id, class, capacity, used, min_unit, max_unit, step_size FROM placement_inventories
WHERE class IN ({marks}) ORDER BY provider_id
"""


class Stock(Struct, frozen=True):
    """One class on one provider: what can be promised, what is, and how much one consumer can take."""

    capacity: int
    used: int
    least: int
    most: int
    step: int

    def refusal(self, kind: str, amount: int) -> str:
        """Why `amount` cannot be had here; "" when it can."""
        unit = _UNITS.get(kind, kind)
        if amount < self.least or amount > self.most:
            return f"One server can have {self.least} to {self.most} {unit} on this host; {amount} were asked for."
        if amount % self.step:
            return f"{unit} come in steps of {self.step}; {amount} were asked for."
        left = max(self.capacity - self.used, 0)
        return "" if amount <= left else f"Not enough {unit}: {amount} asked for, {left} of {self.capacity} left."


Stocks = dict[str, dict[str, Stock]]
"""Provider → class → stock."""


def load(wanted: Mapping[str, int]) -> Stocks:
    """The stock of the classes asked for, in one statement."""
    found: Stocks = {}
    for provider, kind, *numbers in rows(_LOAD.format(marks=", ".join("?" * len(wanted))), tuple(wanted)):
        found.setdefault(provider, {})[kind] = Stock(*numbers)
    return found


def fitting(stocks: Stocks, wanted: Mapping[str, int]) -> list[str]:
    """Providers that can take all of it, the emptiest first."""
    found = [
        (max((have[kind].used + amount) / max(have[kind].capacity, 1) for kind, amount in wanted.items()), provider)
        for provider, have in stocks.items()
        if all(kind in have and not have[kind].refusal(kind, amount) for kind, amount in wanted.items())
    ]
    return [provider for _, provider in sorted(found)]


def shortage(stocks: Stocks, wanted: Mapping[str, int]) -> str:
    """What stands against it on the provider that comes closest: the one with the fewest reasons."""
    against = [
        [text for kind, amount in wanted.items() if (text := have[kind].refusal(kind, amount))]
        for have in stocks.values()
        if len(have) == len(wanted)
    ]
    if not against:
        return "There are not enough hosts available."
    closest = min(against, key=len)
    return closest[0] if closest else "Another server took the last place; try again."
