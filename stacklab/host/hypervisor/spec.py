"""What a hypervisor driver is told, what it tells, and what it promises: the seam between compute and the machine."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from msgspec import Struct


class Power(StrEnum):
    """Power state of a guest as the machine shows it."""

    RUNNING = "running"
    PAUSED = "paused"
    OFF = "off"
    CRASHED = "crashed"


class DiskSpec(Struct, frozen=True):
    """One disk of a guest. `target` is the guest's device name (`vda`); `serial` is what it sees (≤ 20 characters)."""

    path: Path
    target: str
    format: str = "qcow2"  # or "raw"
    device: str = "disk"  # or "cdrom" (config drive)
    serial: str = ""
    read_only: bool = False


class NicSpec(Struct, frozen=True):
    """One network card: the tap device is made by the hypervisor with this name and put on this bridge."""

    tap: str  # "sl-t" + first 10 hex digits of the port id: the same rule everywhere, see host.network.plan.tap_name
    mac: str
    bridge: str
    mtu: int = 1500


class DomainSpec(Struct, frozen=True):
    """Everything needed to (re)define a guest. `id` is the server's UUID; no other field holds text a user wrote."""

    id: str
    vcpus: int
    memory_mb: int
    disks: tuple[DiskSpec, ...]
    nics: tuple[NicSpec, ...]
    console_log: Path


class DomainFact(Struct, frozen=True):
    """What the machine has of one guest."""

    id: str
    power: Power
    taps: tuple[str, ...] = ()


class HypervisorInfo(Struct, frozen=True):
    """What the driver is and what it stands on."""

    kind: str  # "QEMU" (libvirt) or "simulated": shown as hypervisor_type
    accelerator: str  # "kvm", "tcg" or "none"
    why: str  # one sentence: why this driver and this accelerator were chosen
    hostname: str
    version: int  # libvirt's integer form, e.g. 7002000
    vcpus: int
    memory_mb: int
    cpu_model: str
    arch: str = "x86_64"


class HypervisorError(Exception):
    """The machine refused; the message is a sentence for the person whose server it was, without paths."""


PowerListener = Callable[[str, Power], None]
"""Called as (server id, new power) from a driver thread when a guest changes by itself or by us."""


class Hypervisor(Protocol):
    """Every call is synchronous, thread-safe, and idempotent: it looks, then does what is missing.

    All raise `HypervisorError`. A missing domain is `None`/absent from facts, and removing it again is no error.
    """

    def info(self) -> HypervisorInfo: ...
    def facts(self) -> dict[str, DomainFact]:
        """Every guest of ours on this machine by server id: one cheap call however many there are."""
        ...

    def fact(self, domain_id: str) -> DomainFact | None: ...
    def cpu_times(self) -> dict[str, int]:
        """Nanoseconds of processor time that each guest which is on has used since it was started, by server id: one
        cheap call however many there are. A number that fell tells of a new start."""
        ...

    def define(self, spec: DomainSpec) -> None:
        """Make the persistent definition equal to the spec (takes effect at the next start if it runs)."""
        ...

    def start(self, domain_id: str) -> None:
        """Running afterwards, whatever it was (off → boot, paused → resume, running → nothing)."""
        ...

    def stop(self, domain_id: str, grace: float) -> None:
        """Off afterwards: ACPI power button, then after `grace` seconds power off. `grace=0` cuts at once."""
        ...

    def reboot(self, domain_id: str, hard: bool, grace: float = 60) -> None:
        """Soft: the guest is asked by ACPI and falls back to hard after `grace`. Hard: power cycle."""
        ...

    def pause(self, domain_id: str) -> None: ...
    def resume(self, domain_id: str) -> None: ...
    def remove(self, domain_id: str) -> None:
        """No process, definition, tap or log of the guest is left afterwards."""
        ...

    def attach_nic(self, domain_id: str, nic: NicSpec) -> None: ...
    def detach_nic(self, domain_id: str, mac: str) -> None: ...
    def console_output(self, domain_id: str, lines: int | None) -> str:
        """The last `lines` lines (all when None) of the serial console's log, invalid UTF-8 replaced; "" when none."""
        ...

    def serial_socket(self, domain_id: str) -> Path | None:
        """The unix socket of a running guest's first serial port, None when it has none now."""
        ...

    def vnc_websocket(self, domain_id: str) -> tuple[str, int] | None:
        """(loopback address, port) of a running guest's screen as RFB over WebSocket, None when it has none now."""
        ...

    def listen(self, listener: PowerListener) -> None: ...
    def adopt(self, specs: Sequence[DomainSpec]) -> None:
        """After a start: take over what runs, and settle reports that are stale (a guest that went off unseen)."""
        ...

    def close(self) -> None:
        """Let go without touching the guests: they run on."""
        ...
