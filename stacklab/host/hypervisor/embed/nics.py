"""Network cards plugged into and out of a domain, in its definition and in the guest that runs."""

import time
import xml.etree.ElementTree as ET

import libvirt

from stacklab.host.hypervisor.embed.domain_facts import nic_of
from stacklab.host.hypervisor.embed.domain_xml import nic_element
from stacklab.host.hypervisor.spec import HypervisorError, NicSpec

UNPLUG_PATIENCE = 15.0  # seconds a guest's kernel gets to let go of a card
_POLL = 0.05


def attach(domain: libvirt.virDomain, nic: NicSpec) -> None:
    """Wherever the card is missing it is there afterwards. The running guest first: it is the one that may refuse."""
    xml = ET.tostring(nic_element(nic), encoding="unicode")
    for flag, current in reversed(_scopes(domain)):
        if nic_of(current, nic.mac) is None:
            domain.attachDeviceFlags(xml, flag)


def detach(domain: libvirt.virDomain, mac: str, patience: float = UNPLUG_PATIENCE) -> None:
    """Gone everywhere afterwards. The definition first: a guest that does not let go loses it at its next boot."""
    for flag, current in _scopes(domain):
        element = nic_of(current, mac)
        if element is None:
            continue
        domain.detachDeviceFlags(element, flag)
        if flag == libvirt.VIR_DOMAIN_AFFECT_LIVE and not _unplugged(domain, mac, patience):
            raise HypervisorError("The guest did not let go of the network card; it goes at the server's next start.")


def _scopes(domain: libvirt.virDomain) -> list[tuple[int, str]]:
    """(libvirt flag, its present XML) of the definition, then of the running guest if there is one."""
    scopes = [(libvirt.VIR_DOMAIN_AFFECT_CONFIG, domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))]
    if domain.isActive():
        scopes.append((libvirt.VIR_DOMAIN_AFFECT_LIVE, domain.XMLDesc(0)))
    return scopes


def _unplugged(domain: libvirt.virDomain, mac: str, patience: float) -> bool:
    """Unplugging is a request to the guest's kernel: wait until libvirt's live definition shows it was granted."""
    deadline = time.monotonic() + patience
    while nic_of(domain.XMLDesc(0), mac) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True
