"""From a server's row, ports and disks to the definition of its guest."""

from stacklab.compute.model import servers as model
from stacklab.compute.model.servers import Server
from stacklab.compute.parts import Parts
from stacklab.host.hypervisor.spec import DiskSpec, DomainSpec, NicSpec
from stacklab.networks.service import PortInfo


def nic(port: PortInfo) -> NicSpec:
    return NicSpec(tap=port.tap, mac=port.mac, bridge=port.bridge, mtu=port.mtu)


def definition(parts: Parts, server: Server, ports: list[PortInfo]) -> DomainSpec:
    """Everything the hypervisor needs; the disks are those that were made."""
    disks = tuple(
        DiskSpec(parts.state / disk.path, disk.target, disk.format, disk.device, read_only=disk.device == "cdrom")
        for disk in model.disks_of(server)
    )
    nics = tuple(nic(port) for port in ports)
    log = parts.state / "console" / f"{server.id}.log"
    return DomainSpec(server.id, server.vcpus, server.ram_mb, disks, nics, log)
