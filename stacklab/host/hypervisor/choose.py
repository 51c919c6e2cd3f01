"""Which hypervisor this machine gets: the table of drivers, and the reason in a sentence."""

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from stacklab.host.hypervisor import remembered
from stacklab.host.hypervisor.account import adopt_device
from stacklab.host.hypervisor.probe import EMULATOR, best_accelerator, emulator
from stacklab.host.hypervisor.simulated import SimulatedHypervisor
from stacklab.host.hypervisor.spec import Hypervisor, HypervisorError

SETTINGS = ("auto", "libvirt", "simulated")


class Wishes(Struct, frozen=True):
    """What the operator may set: a libvirt URI ("" for the embedded driver), boots at once, a simulated host's size."""

    libvirt_uri: str = ""
    boots_at_once: int = 2
    simulated_vcpus: int = 4096
    simulated_memory_mb: int = 16 << 20


_NOTHING_SAID = Wishes()


def choose(setting: str, state: Path, wishes: Wishes = _NOTHING_SAID) -> tuple[Hypervisor, str]:
    """(the driver, why it and not another). `state` is the node's state directory; drivers use folders of it.

    Raises HypervisorError when `libvirt` is demanded and cannot be, ValueError for an unknown setting.
    """
    if setting == "auto":
        return _best(state, wishes)
    try:
        build = DRIVERS[setting]
    except KeyError:
        raise ValueError(f"hypervisor must be one of {', '.join(SETTINGS)}, not {setting!r}") from None
    return build(state, f"the setting asks for the {setting} hypervisor", wishes)


def lacking() -> list[str]:
    """What keeps real guests from running here, a clause each; empty when nothing does."""
    checks = (
        (sys.platform == "linux", "this is not Linux"),
        (hasattr(os, "geteuid") and os.geteuid() == 0, "stacklab does not run as root"),
        (importlib.util.find_spec("libvirt") is not None, "the Python package libvirt-python is not installed"),
        (emulator() is not None, f"{EMULATOR} is not installed"),
    )
    return [clause for is_fine, clause in checks if not is_fine]


def _best(state: Path, wishes: Wishes) -> tuple[Hypervisor, str]:
    """Real guests where they can be, else simulated ones; a libvirt that cannot be opened counts as "cannot"."""
    if missing := lacking():
        return _simulated(state, "guests are simulated because " + " and ".join(missing), wishes)
    try:
        return DRIVERS["libvirt"](state, "QEMU and libvirt are there", wishes)
    except HypervisorError as error:
        if any((state / "libvirt" / "etc" / "qemu").glob("*.xml")):
            raise  # real guests are defined here: simulating now would lose sight of them
        return _simulated(state, f"guests are simulated because libvirt refused: {error}", wishes)


def _libvirt(state: Path, why: str, wishes: Wishes) -> tuple[Hypervisor, str]:
    if missing := lacking():
        raise HypervisorError("Real guests cannot run on this machine: " + " and ".join(missing) + ".")
    from stacklab.host.hypervisor.embed.driver import LibvirtHypervisor

    adopt_device()
    accelerator = remembered.accelerator(state / "accelerator.json", best_accelerator)
    driver = LibvirtHypervisor(
        state, accelerator=accelerator, uri=wishes.libvirt_uri or None, boots_at_once=wishes.boots_at_once
    )
    return driver, f"{why}; {driver.info().why}"


def _simulated(state: Path, why: str, wishes: Wishes) -> tuple[Hypervisor, str]:
    driver = SimulatedHypervisor(
        state / "simulated", why=why, vcpus=wishes.simulated_vcpus, memory_mb=wishes.simulated_memory_mb
    )
    return driver, why


DRIVERS: dict[str, Callable[[Path, str, Wishes], tuple[Hypervisor, str]]] = {
    "libvirt": _libvirt,
    "simulated": _simulated,
}
