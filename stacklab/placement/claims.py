"""Taking and giving back: a claim is a few conditional updates in one transaction, whatever the number of consumers."""

from collections.abc import Mapping
from dataclasses import dataclass

from stacklab.core import clock
from stacklab.core.db.database import change, rows, transaction
from stacklab.core.errors import BadRequest, Conflict

_UNITS = {"VCPU": "vCPUs", "MEMORY_MB": "MB of memory", "DISK_GB": "GB of disk"}
_TAKE = """
UPDATE placement_inventories SET used = used + ? WHERE provider_id = ? AND class = ? AND used + ? <= capacity
"""
_STOCK = """
SELECT provider_id, class, capacity, used, min_unit, max_unit, step_size FROM placement_inventories
WHERE class IN ({marks}) ORDER BY provider_id
"""


class NoValidHost(Conflict):
    """No provider has what was asked for. `reason` says what is short and by how much, for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"No valid host was found. {reason}", kind="NoValidHost")
        self.reason = reason


class _Lost(Exception):
    """Somebody took the slot between the look and the update; the savepoint is rolled back and the next one tried."""


@dataclass(frozen=True, slots=True)
class _Stock:
    """One inventory row as a claim needs it."""

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


def claim(consumer: str, project_id: str, user_id: str, resources: Mapping[str, int]) -> str:
    """Take the resources for a consumer; the provider's id. Asking again for the same is answered with the same.

    Raises NoValidHost; Conflict when the consumer already holds something else; BadRequest for an amount below one.
    """
    wanted = {kind: amount for kind, amount in resources.items() if amount}
    if not wanted or min(wanted.values()) < 0:
        raise BadRequest("A claim asks for at least one of something.")
    with transaction():
        if held := _held(consumer, wanted):
            return held
        stock = _stock(tuple(wanted))
        for provider in _candidates(stock, wanted):
            try:
                with transaction():
                    _take(provider, consumer, project_id, user_id, wanted)
            except _Lost:
                continue
            return provider
    raise NoValidHost(_why(stock, wanted))


def release(consumer: str) -> None:
    """Give back all that a consumer holds; nothing happens when it holds nothing."""
    with transaction():
        found = rows("SELECT provider_id FROM placement_consumers WHERE id = ?", (consumer,))
        if not found:
            return
        held = rows("DELETE FROM placement_allocations WHERE consumer_id = ? RETURNING class, amount", (consumer,))
        for kind, amount in held:
            change(
                "UPDATE placement_inventories SET used = used - ? WHERE provider_id = ? AND class = ?",
                (amount, found[0][0], kind),
            )
        change("DELETE FROM placement_consumers WHERE id = ?", (consumer,))
        _touch(found[0][0])


def _held(consumer: str, wanted: Mapping[str, int]) -> str:
    found = rows(
        "SELECT c.provider_id, a.class, a.amount FROM placement_consumers AS c "
        "JOIN placement_allocations AS a ON a.consumer_id = c.id WHERE c.id = ?",
        (consumer,),
    )
    if found and {kind: amount for _, kind, amount in found} != dict(wanted):
        raise Conflict(f"Consumer {consumer} already holds other resources.")
    return str(found[0][0]) if found else ""


def _stock(kinds: tuple[str, ...]) -> dict[str, dict[str, _Stock]]:
    """Provider → class → stock, of the classes asked for."""
    sql = _STOCK.format(marks=", ".join("?" * len(kinds)))
    found: dict[str, dict[str, _Stock]] = {}
    for provider, kind, *numbers in rows(sql, kinds):
        found.setdefault(provider, {})[kind] = _Stock(*numbers)
    return found


def _candidates(stock: dict[str, dict[str, _Stock]], wanted: Mapping[str, int]) -> list[str]:
    """Providers that fit, the emptiest first."""
    fitting = [
        (max((have[kind].used + amount) / max(have[kind].capacity, 1) for kind, amount in wanted.items()), provider)
        for provider, have in stock.items()
        if all(kind in have and not have[kind].refusal(kind, amount) for kind, amount in wanted.items())
    ]
    return [provider for _, provider in sorted(fitting)]


def _take(provider: str, consumer: str, project_id: str, user_id: str, wanted: Mapping[str, int]) -> None:
    for kind, amount in wanted.items():
        if change(_TAKE, (amount, provider, kind, amount)) != 1:
            raise _Lost
    change("INSERT INTO placement_consumers VALUES (?, ?, ?, ?, 1)", (consumer, provider, project_id, user_id))
    for kind, amount in wanted.items():
        change("INSERT INTO placement_allocations VALUES (?, ?, ?)", (consumer, kind, amount))
    _touch(provider)


def _touch(provider: str) -> None:
    change(
        "UPDATE placement_providers SET generation = generation + 1, updated_at = ? WHERE id = ?",
        (clock.now(), provider),
    )


def _why(stock: dict[str, dict[str, _Stock]], wanted: Mapping[str, int]) -> str:
    """The shortage on the host that comes closest: the one with the fewest reasons against it."""
    against = [
        [text for kind, amount in wanted.items() if (text := have[kind].refusal(kind, amount))]
        for have in stock.values()
        if len(have) == len(wanted)
    ]
    if not against:
        return "There are not enough hosts available."
    closest = min(against, key=len)
    return closest[0] if closest else "Another server took the last place; try again."
