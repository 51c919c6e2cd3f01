"""What the rows say, as values: inventories, usages, and what a consumer holds."""

from math import floor

from msgspec import Struct


class Inventory(Struct, frozen=True):
    """How much of one resource class a provider has, in the class's own unit (VCPU, MEMORY_MB, DISK_GB).

    `reserved` is kept for the host itself; `allocation_ratio` is how often the rest may be promised; one consumer may
    take from `min_unit` to `max_unit` in steps of `step_size`. `max_unit` 0 means: as much as there is.
    """

    total: int
    reserved: int = 0
    allocation_ratio: float = 1.0
    min_unit: int = 1
    max_unit: int = 0
    step_size: int = 1

    @property
    def capacity(self) -> int:
        """What can be promised in all."""
        return floor((self.total - self.reserved) * self.allocation_ratio)

    @property
    def most(self) -> int:
        """What one consumer can take."""
        return self.max_unit or self.total


class Allocation(Struct, frozen=True):
    """What one consumer (a server) holds, and of which provider."""

    provider_id: str
    project_id: str
    user_id: str
    resources: dict[str, int]
    generation: int = 1


class Provider(Struct, frozen=True):
    id: str
    name: str
    generation: int
