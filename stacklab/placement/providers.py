"""Providers and what they have; reading what is held."""

from collections.abc import Mapping
from typing import Any

from stacklab.core import clock
from stacklab.core.db.database import change, row, rows, transaction
from stacklab.core.errors import Conflict
from stacklab.placement.model import Allocation, Inventory, Provider

_UPSERT = """
INSERT INTO placement_inventories VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
ON CONFLICT (provider_id, class) DO UPDATE SET total = excluded.total, reserved = excluded.reserved,
  allocation_ratio = excluded.allocation_ratio, min_unit = excluded.min_unit, max_unit = excluded.max_unit,
  step_size = excluded.step_size, capacity = excluded.capacity
"""
_INVENTORIES = """
SELECT class, total, reserved, allocation_ratio, min_unit, max_unit, step_size FROM placement_inventories
WHERE provider_id = ? ORDER BY class
"""
_HELD = """
SELECT c.id, c.provider_id, c.project_id, c.user_id, a.class, a.amount, c.generation FROM placement_consumers AS c
JOIN placement_allocations AS a ON a.consumer_id = c.id
"""


def ensure(uuid: str, name: str, inventories: Mapping[str, Inventory]) -> None:
    """Make the provider and its inventories what is said; its generation grows only when something changed."""
    with transaction():
        now = clock.now()
        other = row("SELECT id FROM placement_providers WHERE name = ? AND id <> ?", (name, uuid))
        if other:
            raise Conflict(f"Conflicting resource provider name: {name} already exists.")
        change(
            "INSERT INTO placement_providers VALUES (?, ?, 0, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET name = excluded.name",
            (uuid, name, now, now),
        )
        have = inventories_of(uuid)
        wanted = {kind: _settled(inventory) for kind, inventory in inventories.items()}
        if have == wanted:
            return
        _drop(uuid, have.keys() - wanted.keys())
        for kind, inventory in wanted.items():
            _put(uuid, kind, inventory)
        change("UPDATE placement_providers SET generation = generation + 1, updated_at = ? WHERE id = ?", (now, uuid))


def _settled(inventory: Inventory) -> Inventory:
    """The inventory as it is stored: with its maximum spelt out."""
    return Inventory(
        inventory.total,
        inventory.reserved,
        inventory.allocation_ratio,
        inventory.min_unit,
        inventory.most,
        inventory.step_size,
    )


def _put(uuid: str, kind: str, inventory: Inventory) -> None:
    values: tuple[Any, ...] = (
        *(uuid, kind, inventory.total, inventory.reserved, inventory.allocation_ratio, inventory.min_unit),
        *(inventory.max_unit, inventory.step_size, inventory.capacity),
    )
    change(_UPSERT, values)


def _drop(uuid: str, kinds: set[str]) -> None:
    for kind in sorted(kinds):
        gone = change(
            "DELETE FROM placement_inventories WHERE provider_id = ? AND class = ? AND used = 0", (uuid, kind)
        )
        if gone != 1:
            raise Conflict(f"Inventory for '{kind}' on resource provider '{uuid}' in use.")


def inventories_of(provider: str) -> dict[str, Inventory]:
    """Class → inventory."""
    return {kind: Inventory(*numbers) for kind, *numbers in rows(_INVENTORIES, (provider,))}


def find(provider: str) -> Provider | None:
    found = row("SELECT id, name, generation FROM placement_providers WHERE id = ?", (provider,))
    return Provider(*found) if found else None


def usages(provider: str) -> dict[str, int]:
    """Class → amount in use."""
    return dict(rows("SELECT class, used FROM placement_inventories WHERE provider_id = ? ORDER BY class", (provider,)))


def allocations() -> dict[str, Allocation]:
    """Consumer → what it holds, of all."""
    return _gathered(rows(_HELD))


def allocations_on(provider: str) -> dict[str, Allocation]:
    return _gathered(rows(_HELD + " WHERE c.provider_id = ?", (provider,)))


def allocation_of(consumer: str) -> Allocation | None:
    return _gathered(rows(_HELD + " WHERE c.id = ?", (consumer,))).get(consumer)


def _gathered(found: list[tuple[Any, ...]]) -> dict[str, Allocation]:
    held: dict[str, Allocation] = {}
    for consumer, provider, project, user, kind, amount, generation in found:
        allocation = held.setdefault(consumer, Allocation(provider, project, user, {}, generation))
        allocation.resources[kind] = amount
    return held


def search(name: str | None, uuid: str | None, root: str | None) -> list[Provider]:
    """Providers by name, UUID, or root of their tree (every provider is its own root); None does not filter."""
    asked = [(column, value) for column, value in (("name", name), ("id", uuid), ("id", root)) if value is not None]
    where = " AND ".join(f"{column} = ?" for column, _ in asked) or "1 = 1"
    sql = f"SELECT id, name, generation FROM placement_providers WHERE {where} ORDER BY name"  # noqa: S608
    return [Provider(*found) for found in rows(sql, tuple(value for _, value in asked))]


def usages_of(project: str, user: str | None) -> dict[str, int]:
    """Class → amount a project uses, or one user of it."""
    sql = (
        "SELECT a.class, sum(a.amount) FROM placement_consumers AS c "
        "JOIN placement_allocations AS a ON a.consumer_id = c.id WHERE c.project_id = ?"
    )
    if user is None:
        return dict(rows(f"{sql} GROUP BY a.class", (project,)))
    return dict(rows(f"{sql} AND c.user_id = ? GROUP BY a.class", (project, user)))
