"""The standard resource classes, whose names are the same in every OpenStack (os-resource-classes)."""

from stacklab.core.errors import Failure

STANDARD = (
    *("VCPU", "MEMORY_MB", "DISK_GB", "PCI_DEVICE", "SRIOV_NET_VF", "NUMA_SOCKET", "NUMA_CORE", "NUMA_THREAD"),
    *("NUMA_MEMORY_MB", "IPV4_ADDRESS", "VGPU", "VGPU_DISPLAY_HEAD", "NET_BW_EGR_KILOBIT_PER_SEC"),
    *("NET_BW_IGR_KILOBIT_PER_SEC", "PCPU", "MEM_ENCRYPTION_CONTEXT", "FPGA", "PGPU"),
    *("NET_PACKET_RATE_KILOPACKET_PER_SEC", "NET_PACKET_RATE_EGR_KILOPACKET_PER_SEC"),
    *("NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC",),
)


def known(name: str, otherwise: type[Failure]) -> str:
    """The name, if it is a class. Raises `otherwise`."""
    if name not in STANDARD:
        raise otherwise(f"No such resource class {name}.")
    return name
