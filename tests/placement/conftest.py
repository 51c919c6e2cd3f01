"""Placement over a fresh database, with one host of 8 vCPUs, 4 GiB and 100 GB (twice promised)."""

from collections.abc import Callable

import pytest

from stacklab.core.events import Bus
from stacklab.placement.service import Inventory, Placement

HOST = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def placement(database: Callable[..., None]) -> Placement:
    database("stacklab.placement")
    service = Placement(Bus())
    stock = {
        "VCPU": Inventory(total=8, allocation_ratio=1.0),
        "MEMORY_MB": Inventory(total=4608, reserved=512),
        "DISK_GB": Inventory(total=50, allocation_ratio=2.0, max_unit=50),
    }
    service.ensure_provider(HOST, "host-1", stock)
    return service


@pytest.fixture
def host() -> str:
    return HOST
