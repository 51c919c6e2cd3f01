"""What libvirt's XML and state numbers say of a domain."""

import xml.etree.ElementTree as ET
from pathlib import Path

from stacklab.host.hypervisor.spec import Power

# virDomainState
_POWER_OF_STATE = {
    0: Power.OFF,  # no state
    1: Power.RUNNING,
    2: Power.RUNNING,  # blocked on a resource
    3: Power.PAUSED,
    4: Power.RUNNING,  # being shut down: it still runs
    5: Power.OFF,  # also after its QEMU vanished
    6: Power.CRASHED,
    7: Power.PAUSED,  # suspended by its power management
}

# virDomainEventType of the lifecycle events that change power
_POWER_OF_EVENT = {
    2: Power.RUNNING,  # started
    3: Power.PAUSED,  # suspended
    4: Power.RUNNING,  # resumed
    5: Power.OFF,  # stopped
    7: Power.PAUSED,  # suspended by its power management
    8: Power.CRASHED,
}


def power_of_state(state: int) -> Power:
    return _POWER_OF_STATE.get(state, Power.OFF)


def power_of_event(event: int) -> Power | None:
    """None for events that do not change power (defined, undefined, shutting down)."""
    return _POWER_OF_EVENT.get(event)


def taps(xml: str) -> tuple[str, ...]:
    """The tap devices of a live definition."""
    return tuple(target.get("dev", "") for target in _tree(xml).iterfind("./devices/interface/target"))


def nic_of(xml: str, mac: str) -> str | None:
    """The whole interface element with this address (any case), as libvirt wants it back for unplugging."""
    for interface in _tree(xml).iterfind("./devices/interface"):
        address = interface.find("mac")
        if address is not None and address.get("address", "").lower() == mac.lower():
            return ET.tostring(interface, encoding="unicode")
    return None


def console_files(xml: str) -> tuple[Path | None, Path | None]:
    """(log file, socket) of the first serial port."""
    serial = _tree(xml).find("./devices/serial")
    if serial is None:
        return None, None
    log, source = serial.find("log"), serial.find("source")
    return _path(log, "file"), _path(source, "path")


def websocket_port(xml: str) -> int | None:
    """The port of the VNC WebSocket of a live definition."""
    graphics = _tree(xml).find("./devices/graphics[@type='vnc']")
    port = int(graphics.get("websocket", "-1")) if graphics is not None else -1
    return port if port > 0 else None


def _tree(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 - libvirt wrote it, from what domain_xml.py wrote


def _path(element: ET.Element | None, attribute: str) -> Path | None:
    value = element.get(attribute) if element is not None else None
    return Path(value) if value else None
