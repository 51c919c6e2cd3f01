"""Which disks this machine gets: the table of drivers, and the reason in a sentence."""

import shutil
from collections.abc import Callable
from pathlib import Path

from stacklab.host.disks.qcow import QcowDisks
from stacklab.host.disks.simulated import SimulatedDisks
from stacklab.host.disks.spec import DiskError, Disks

TOOLS = ("qemu-img", "genisoimage", "prlimit", "setpriv")

DRIVERS: dict[str, Callable[[Path], Disks]] = {"qcow": QcowDisks, "simulated": SimulatedDisks}


def choose(real_guests: bool, folder: Path) -> Disks:
    """Real disks for real guests, simulated ones for simulated guests. DiskError when a tool is not installed."""
    if not real_guests:
        return DRIVERS["simulated"](folder)
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        raise DiskError(f"Real disks need {', '.join(missing)}, not installed on this machine.")
    return DRIVERS["qcow"](folder)
