"""Does an accelerator really run a guest here? Asked by booting one, because every other source of truth has lied."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from stacklab.host.hypervisor.account import KVM_DEVICE, guest_account
from stacklab.host.hypervisor.boot_sector import PROBE_EXIT_CODE, probe_sector

EMULATOR = "qemu-system-x86_64"
DEADLINE = 3.0  # seconds; a healthy machine answers in a tenth of one

TryBoot = Callable[[str, str], bool]
"""(accelerator, processor model) → whether a guest booted; see `boots`."""


class Accelerator(Struct, frozen=True):
    """What guests run on: `name` is "kvm" or "tcg" (QEMU's translator); `why` is a sentence for the operator."""

    name: str
    why: str


def emulator() -> str | None:
    """The QEMU binary's path, None when it is not installed."""
    return shutil.which(EMULATOR)


def boots(accelerator: str, cpu: str, deadline: float = DEADLINE) -> bool:
    """Whether a 512-byte guest, run as guests are, came to its end under this accelerator within `deadline` seconds."""
    account = guest_account()
    with tempfile.NamedTemporaryFile(prefix="sl-probe-") as disk:
        disk.write(probe_sector())
        disk.flush()
        account.lend(Path(disk.name))
        command = [EMULATOR, "-accel", accelerator, "-cpu", cpu, "-nodefaults", "-display", "none", "-no-reboot"]
        command += ["-m", "16", "-drive", f"file={disk.name},format=raw,if=ide,readonly=off,snapshot=on"]
        command += ["-device", "isa-debug-exit,iobase=0xf4,iosize=1"]
        try:
            return account.run(command, deadline) == PROBE_EXIT_CODE
        except (subprocess.TimeoutExpired, OSError):
            return False


def best_accelerator(try_boot: TryBoot = boots, device: Path = KVM_DEVICE) -> Accelerator:
    """KVM if a guest boots under it, else TCG. Takes up to DEADLINE seconds: ask once a start."""
    if not device.exists():
        return _translated(f"{device} does not exist")
    if not os.access(device, os.R_OK | os.W_OK):
        return _translated(f"{device} may not be opened by this user")
    if try_boot("kvm", "host"):
        return Accelerator("kvm", "a test guest booted under KVM")
    account = guest_account()
    if not (account.may("-r", device) and account.may("-w", device)):
        return _translated(f"{device} may not be opened by the user {account.name}, as whom guests run")
    return _translated(f"{device} is there but a test guest did not boot under KVM within {DEADLINE:g} s")


def _translated(reason: str) -> Accelerator:
    return Accelerator("tcg", f"{reason}, so guests run on QEMU's translator, which is slower")
