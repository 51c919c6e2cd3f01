"""Power of one domain, by looking first: what is already so is left alone, and races with the guest are no errors."""

import threading
import time

import libvirt

from stacklab.host.hypervisor.embed.domain_facts import power_of_state
from stacklab.host.hypervisor.spec import Power

PRESS_AGAIN = 10.0  # seconds; a guest that is still booting ignores the button


class PowerChanges:
    """Wakes those who wait for a domain to go off; libvirt's lifecycle events ring it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()

    def ring(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def wait_off(self, domain: libvirt.virDomain, seconds: float) -> bool:
        """Whether the domain was off within `seconds`. Looks itself once a second, in case an event was lost."""
        deadline = time.monotonic() + seconds
        with self._condition:
            while domain.isActive():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._condition.wait(min(left, 1.0))
        return True


def power(domain: libvirt.virDomain) -> Power:
    return power_of_state(domain.state()[0])


def turn_on(domain: libvirt.virDomain) -> None:
    """Boot or resume."""
    try:
        match power(domain):
            case Power.OFF:
                domain.create()
            case Power.PAUSED:
                domain.resume()
            case Power.CRASHED:
                cut(domain)
                domain.create()
    except libvirt.libvirtError:
        if power(domain) is not Power.RUNNING:
            raise


def cut(domain: libvirt.virDomain) -> None:
    """Off at once, like pulling the plug."""
    try:
        if domain.isActive():
            domain.destroy()
    except libvirt.libvirtError:
        if domain.isActive():
            raise


def shut_down(domain: libvirt.virDomain, grace: float, changes: PowerChanges) -> None:
    """The power button, again every PRESS_AGAIN seconds, for at most `grace` seconds; then the plug."""
    deadline = time.monotonic() + grace
    while power(domain) is Power.RUNNING and (left := deadline - time.monotonic()) > 0:
        _press(domain)
        if changes.wait_off(domain, min(left, PRESS_AGAIN)):
            return
    cut(domain)


def _press(domain: libvirt.virDomain) -> None:
    try:
        domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN)
    except libvirt.libvirtError:
        if domain.isActive():
            raise
