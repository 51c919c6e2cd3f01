"""Taking and giving back: a claim is a few conditional updates in one transaction, whatever the number of consumers."""

from collections.abc import Mapping

from stacklab.core import clock
from stacklab.core.db.database import change, rows, transaction
from stacklab.core.errors import BadRequest, Conflict
from stacklab.placement import stock

_TAKE = """
UPDATE placement_inventories SET used = used + ? WHERE provider_id = ? AND class = ? AND used + ? <= capacity
"""


class NoValidHost(Conflict):
    """No provider has what was asked for. `reason` says what is short and by how much, for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"No valid host was found. {reason}", kind="NoValidHost")
        self.reason = reason


class _Lost(Exception):
    """Somebody took the slot between the look and the update; the savepoint is rolled back and the next one tried."""


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
        have = stock.load(wanted)
        for provider in stock.fitting(have, wanted):
            try:
                with transaction():
                    _take(provider, consumer, project_id, user_id, wanted)
            except _Lost:
                continue
            return provider
    raise NoValidHost(stock.shortage(have, wanted))


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
