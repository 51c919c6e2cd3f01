"""The door: what compute and the audit ask of placement."""

from collections.abc import Mapping

from stacklab.core.events import Bus
from stacklab.core.jobs import Kind
from stacklab.placement import claims, policy, providers
from stacklab.placement.claims import NoValidHost
from stacklab.placement.model import Allocation, Inventory

__all__ = ["Allocation", "Inventory", "NoValidHost", "Placement", "policy"]


class Placement:
    """Every method may be called inside a transaction of the caller's and is then part of it."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    def ensure_provider(self, uuid: str, name: str, inventories: Mapping[str, Inventory]) -> None:
        """Make or update a host's inventories; what is in use stays counted. Raises Conflict when a class that is
        in use would go away, or when another provider has the name."""
        providers.ensure(uuid, name, inventories)

    def claim(self, consumer: str, project_id: str, user_id: str, resources: Mapping[str, int]) -> str:
        """Take `{"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 1}` for a server; the provider's UUID. Idempotent.

        Raises NoValidHost, whose message is for a person; Conflict when the consumer holds something else.
        """
        return claims.claim(consumer, project_id, user_id, resources)

    def release(self, consumer: str) -> None:
        """Give back all that a server holds. Idempotent."""
        claims.release(consumer)

    def usages(self, provider: str) -> dict[str, int]:
        """Class → amount in use, of one provider ({} when there is none such)."""
        return providers.usages(provider)

    def allocations(self) -> dict[str, Allocation]:
        """Consumer → what it holds, of all consumers: for the audit."""
        return providers.allocations()

    def jobs(self) -> dict[str, Kind]:
        return {}
