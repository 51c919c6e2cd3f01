"""What other services may want to hear, told after the commit. Every event of a port says which device has it."""

from stacklab.core.events import Bus, Event
from stacklab.networks.model import FloatingIp, Port


def port_deleted(port: Port) -> Event:
    """`port.deleted`, subject the port."""
    return Event("port.deleted", port.id, port.project_id, _device(port))


def port_changed(bus: Bus, port: Port) -> None:
    """`port.changed`, subject the port."""
    bus.emit(Event("port.changed", port.id, port.project_id, _device(port)))


def floating_moved(bus: Bus, floating: FloatingIp, port: Port, *, here: bool) -> None:
    """`floatingip.associated` or `floatingip.disassociated`, subject the device that has the port."""
    kind = "floatingip.associated" if here else "floatingip.disassociated"
    facts = {**_device(port), "floatingip_id": floating.id, "address": floating.address, "port_id": port.id}
    bus.emit(Event(kind, port.device_id, floating.project_id, facts))


def groups_changed(bus: Bus, project_id: str, group_id: str) -> None:
    """`security_group.changed`, subject the group: it came, went, or has other rules."""
    bus.emit(Event("security_group.changed", group_id, project_id))


def _device(port: Port) -> dict[str, str]:
    return {
        "device_id": port.device_id,
        "device_owner": port.device_owner,
        "network_id": port.network_id,
        "mac": port.mac_address,
    }
