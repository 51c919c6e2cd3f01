"""What a first start makes, and what every start says of this host. Running it again changes nothing."""

from stacklab.compute.flavors import Flavors, NewFlavor
from stacklab.compute.hosts import Hosts
from stacklab.compute.parts import Parts
from stacklab.core import facts
from stacklab.core.db.database import transaction
from stacklab.placement.service import Inventory

_GIB = 1 << 30
FLAVORS = (
    NewFlavor("lab.nano", 128, 1, 1, id="lab.nano"),
    NewFlavor("lab.micro", 256, 1, 1, id="lab.micro"),
    NewFlavor("m1.tiny", 512, 1, 1, id="1"),
    NewFlavor("m1.small", 2048, 1, 20, id="2"),
    NewFlavor("m1.medium", 4096, 2, 40, id="3"),
    NewFlavor("m1.large", 8192, 4, 80, id="4"),
    NewFlavor("m1.xlarge", 16384, 8, 160, id="5"),
)


def ensure(parts: Parts) -> None:
    (parts.state / "console").mkdir(mode=0o700, parents=True, exist_ok=True)
    Hosts(parts).ensure_services()
    _ensure_flavors()
    parts.placement.ensure_provider(parts.provider, parts.host, inventories(parts))


def inventories(parts: Parts) -> dict[str, Inventory]:
    """What this host can promise. A simulated one has what the settings pretend."""
    compute = parts.settings.compute
    simulated = parts.info.kind == "simulated"
    disk_gb = compute.simulated_disk_gb if simulated else parts.disks.total_bytes() // _GIB
    memory = compute.simulated_memory_mb if simulated else parts.info.memory_mb
    vcpus = compute.simulated_vcpus if simulated else parts.info.vcpus
    reserved = 0 if simulated else min(compute.reserved_memory_mb, memory - 1)
    return {
        # One guest may have more virtual processors than the host has real ones: they are threads.
        "VCPU": Inventory(vcpus, allocation_ratio=compute.cpu_ratio, max_unit=max(vcpus, 16)),
        "MEMORY_MB": Inventory(memory, reserved, compute.memory_ratio),
        "DISK_GB": Inventory(max(disk_gb, 1), allocation_ratio=compute.disk_ratio, max_unit=max(disk_gb, 1) * 4),
    }


def _ensure_flavors() -> None:
    """Once: an administrator may have deleted some since."""
    with transaction():
        if facts.get("compute.flavors") is None:
            flavors = Flavors()
            for flavor in FLAVORS:
                flavors.add(flavor)
            facts.put("compute.flavors", "made")
