"""Does an accelerator really run a guest here? Asked by booting one, because every other source of truth has lied."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stacklab.host.hypervisor.boot_sector import PROBE_EXIT_CODE, probe_sector

EMULATOR = "qemu-system-x86_64"
DEADLINE = 3.0  # seconds; a healthy machine answers in a tenth of one
KVM_DEVICE = Path("/dev/kvm")

TryBoot = Callable[[str, str], bool]
"""(accelerator, processor model) → whether a guest booted; see `boots`."""


@dataclass(frozen=True, slots=True)
class Accelerator:
    """What guests run on: `name` is "kvm" or "tcg" (QEMU's translator); `why` is a sentence for the operator."""

    name: str
    why: str


def emulator() -> str | None:
    """The QEMU binary's path, None when it is not installed."""
    return shutil.which(EMULATOR)


def boots(accelerator: str, cpu: str, deadline: float = DEADLINE) -> bool:
    """Whether a 512-byte guest ran to its end under this accelerator within `deadline` seconds."""
    with tempfile.NamedTemporaryFile(prefix="sl-probe-") as disk:
        disk.write(probe_sector())
        disk.flush()
        command = [EMULATOR, "-accel", accelerator, "-cpu", cpu, "-nodefaults", "-display", "none", "-no-reboot"]
        command += ["-m", "16", "-drive", f"file={disk.name},format=raw,if=ide,readonly=off,snapshot=on"]
        command += ["-device", "isa-debug-exit,iobase=0xf4,iosize=1"]
        try:
            done = subprocess.run(command, timeout=deadline, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        except (subprocess.TimeoutExpired, OSError):
            return False
        return done.returncode == PROBE_EXIT_CODE


def best_accelerator(try_boot: TryBoot = boots, device: Path = KVM_DEVICE) -> Accelerator:
    """KVM if a guest boots under it, else TCG. Takes up to DEADLINE seconds: ask once a start."""
    if not device.exists():
        return _translated(f"{device} does not exist")
    if not os.access(device, os.R_OK | os.W_OK):
        return _translated(f"{device} may not be opened by this user")
    if try_boot("kvm", "host"):
        return Accelerator("kvm", "a test guest booted under KVM")
    return _translated(f"{device} is there but a test guest did not boot under KVM within {DEADLINE:g} s")


def _translated(reason: str) -> Accelerator:
    return Accelerator("tcg", f"{reason}, so guests run on QEMU's translator, which is slower")
