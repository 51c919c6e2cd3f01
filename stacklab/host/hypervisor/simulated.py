"""The hypervisor of a machine without one: power states in files, no guests. It keeps every promise of the contract.

One JSON file a domain, replaced atomically, is all there is on disk: after a SIGKILL the simulated guests have "run
on". Everything is held in memory too, so that facts about 10,000 guests cost a dictionary copy.
"""
# ruff: noqa: ARG002 - the contract names arguments (grace, hard) that only real guests need.

import os
import platform
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from stacklab.core import clock
from stacklab.host.hypervisor import console_log
from stacklab.host.hypervisor.news import PowerNews
from stacklab.host.hypervisor.simulated_store import Domain, DomainStore
from stacklab.host.hypervisor.spec import (
    DomainFact,
    DomainSpec,
    HypervisorError,
    HypervisorInfo,
    NicSpec,
    Power,
    PowerListener,
)

_BOOT_LINES = """\
[    0.000000] simulated guest: {vcpus} vCPU, {memory_mb} MiB
[    0.184213] vda: simulated disk
[    0.412906] eth0: link becomes ready
[    0.733120] boot finished

{id} login: """


class Work(Struct, frozen=True):
    """Processor time of a guest: nanoseconds until `since` (µs), and how many processors it keeps busy from then."""

    before: int
    since: int
    processors: float

    def used(self, now: int) -> int:
        return self.before + round(max(now - self.since, 0) * 1000 * self.processors)


class SimulatedHypervisor:
    """`state` is a directory of its own; `why` says to a person why guests are simulated here."""

    def __init__(self, state: Path, *, why: str, vcpus: int = 4096, memory_mb: int = 16 << 20) -> None:
        self._why, self._vcpus, self._memory_mb = why, vcpus, memory_mb
        self._store = DomainStore(state)
        self._lock = threading.RLock()
        self._news = PowerNews()
        self._domains: dict[str, Domain] = {domain.spec.id: domain for domain in self._store.load()}
        self._work: dict[str, Work] = {}
        self._facts: dict[str, DomainFact] = {id: domain.fact() for id, domain in self._domains.items()}

    # --- what there is

    def info(self) -> HypervisorInfo:
        return HypervisorInfo(
            kind="simulated",
            accelerator="none",
            why=self._why,
            hostname=platform.node(),
            version=1000000,
            vcpus=self._vcpus,
            memory_mb=self._memory_mb,
            cpu_model="simulated",
        )

    def facts(self) -> dict[str, DomainFact]:
        with self._lock:
            return self._facts.copy()

    def fact(self, domain_id: str) -> DomainFact | None:
        return self._facts.get(domain_id)

    def cpu_times(self) -> dict[str, int]:
        with self._lock:
            now = clock.now()
            return {id: self._work[id].used(now) if id in self._work else 0 for id in self._alive()}

    def console_output(self, domain_id: str, lines: int | None) -> str:
        domain = self._domains.get(domain_id)
        return console_log.tail(domain.spec.console_log, lines) if domain else ""

    def serial_socket(self, domain_id: str) -> Path | None:
        return None

    def vnc_websocket(self, domain_id: str) -> tuple[str, int] | None:
        return None

    # --- definitions

    def define(self, spec: DomainSpec) -> None:
        with self._lock:
            old = self._domains.get(spec.id)
            taps = old.taps if old else ()
            self._keep(Domain(spec, old.power if old else Power.OFF, taps))

    def remove(self, domain_id: str) -> None:
        with self._lock:
            domain = self._domains.get(domain_id)
            if domain is None:
                return
            domain.spec.console_log.unlink(missing_ok=True)
            self._store.remove(domain_id)
            del self._domains[domain_id], self._facts[domain_id]
            self._work.pop(domain_id, None)
            if domain.power is not Power.OFF:
                self._news.tell(domain_id, Power.OFF)
            self._news.forget(domain_id)

    def attach_nic(self, domain_id: str, nic: NicSpec) -> None:
        with self._changing(domain_id) as domain:
            if all(nic.mac.lower() != other.mac.lower() for other in domain.spec.nics):
                self._keep(domain.with_nics((*domain.spec.nics, nic)))

    def detach_nic(self, domain_id: str, mac: str) -> None:
        with self._changing(domain_id) as domain:
            self._keep(domain.with_nics(tuple(nic for nic in domain.spec.nics if nic.mac.lower() != mac.lower())))

    # --- power

    def start(self, domain_id: str) -> None:
        with self._changing(domain_id) as domain:
            if domain.power in (Power.OFF, Power.CRASHED):
                self._boot(domain)
            elif domain.power is Power.PAUSED:
                self._turn(domain, Power.RUNNING)

    def stop(self, domain_id: str, grace: float) -> None:
        """A simulated guest obeys its power button at once, so `grace` is never used up."""
        with self._changing(domain_id) as domain:
            self._turn(domain, Power.OFF)

    def reboot(self, domain_id: str, hard: bool, grace: float = 60) -> None:
        with self._changing(domain_id) as domain:
            self._turn(domain, Power.OFF)
            self._boot(self._domains[domain_id])

    def pause(self, domain_id: str) -> None:
        with self._changing(domain_id) as domain:
            if domain.power in (Power.OFF, Power.CRASHED):
                raise HypervisorError("The server is not running, so it cannot be paused.")
            self._turn(domain, Power.PAUSED)

    def resume(self, domain_id: str) -> None:
        with self._changing(domain_id) as domain:
            if domain.power in (Power.OFF, Power.CRASHED):
                raise HypervisorError("The server is not running, so it cannot be resumed.")
            self._turn(domain, Power.RUNNING)

    def power_off_from_inside(self, domain_id: str) -> None:
        """What the guest's own `poweroff` does: for tests and demonstrations, which have no guest to type it in."""
        self.stop(domain_id, 0)

    def work(self, domain_id: str, share: float) -> None:
        """Have a guest use this share (0 to 1) of its vCPUs from now on: for tests and demonstrations."""
        with self._changing(domain_id) as domain:
            now = clock.now()
            before = self._work[domain_id].used(now) if domain_id in self._work else 0
            self._work[domain_id] = Work(before, now, share * domain.spec.vcpus)

    # --- life of the driver

    def listen(self, listener: PowerListener) -> None:
        self._news.listen(listener)

    def adopt(self, specs: Sequence[DomainSpec]) -> None:
        """Everything was read at construction; a domain that has no definition any more gets it back, off."""
        for spec in specs:
            if spec.id not in self._domains:
                self.define(spec)

    def close(self) -> None:
        self._news.close()

    # --- inside

    def _alive(self) -> Iterator[str]:
        return (id for id, fact in self._facts.items() if fact.power in (Power.RUNNING, Power.PAUSED))

    @contextmanager
    def _changing(self, domain_id: str) -> Iterator[Domain]:
        with self._lock:
            domain = self._domains.get(domain_id)
            if domain is None:
                raise HypervisorError("The server does not exist on this machine.")
            yield domain

    def _keep(self, domain: Domain) -> None:
        """Disk first: what memory says was never lost by a SIGKILL."""
        self._store.save(domain)
        self._domains[domain.spec.id] = domain
        self._facts[domain.spec.id] = domain.fact()

    def _turn(self, domain: Domain, power: Power) -> None:
        if domain.power is not power:
            if power is Power.OFF:
                self._work.pop(domain.spec.id, None)
            self._keep(domain.with_power(power))
            self._news.tell(domain.spec.id, power)

    def _boot(self, domain: Domain) -> None:
        log = domain.spec.console_log
        log.parent.mkdir(parents=True, exist_ok=True)
        lines = _BOOT_LINES.format(vcpus=domain.spec.vcpus, memory_mb=domain.spec.memory_mb, id=domain.spec.id)
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, lines.encode())
        finally:
            os.close(descriptor)
        self._turn(domain, Power.RUNNING)
