"""The contract of `spec.py` kept with real machines: QEMU guests of libvirt's embedded driver."""

import os
import platform
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import libvirt

from stacklab.core import log
from stacklab.host.hypervisor import console_log
from stacklab.host.hypervisor.account import Account, adopt_device, guest_account
from stacklab.host.hypervisor.embed import domain_facts, nics, power
from stacklab.host.hypervisor.embed.connection import open_embedded
from stacklab.host.hypervisor.embed.domain_xml import Machine, domain_name, domain_xml
from stacklab.host.hypervisor.embed.errors import is_missing, sentences
from stacklab.host.hypervisor.embed.reaper import Reaper
from stacklab.host.hypervisor.news import PowerNews
from stacklab.host.hypervisor.probe import Accelerator, emulator
from stacklab.host.hypervisor.spec import (
    DomainFact,
    DomainSpec,
    HypervisorError,
    HypervisorInfo,
    NicSpec,
    Power,
    PowerListener,
)

_log = log.get(__name__)

_SETTLE_SECONDS = 5.0  # for a guest that went off while nobody looked, until libvirt has put away its QEMU


class LibvirtHypervisor:
    """One process can have one of these, and one state directory one process. Needs root."""

    def __init__(
        self, state: Path, *, accelerator: Accelerator, uri: str | None = None, boots_at_once: int | None = None
    ) -> None:
        """libvirt's files go below `state/libvirt`; `boots_at_once`: by default one a processor, at least 2.

        HypervisorError also when the guests' account cannot get at files in `state`.
        """
        self._root = (state / "libvirt").resolve()
        adopt_device()
        account = guest_account()
        _require_way(account, self._root.parent)
        self._why = accelerator.why if uri else f"{accelerator.why}; {account.why}"
        self._accelerator = accelerator
        self._machine = Machine(accelerator.name, emulator() or "", self._root / "serial")
        self._machine.serial_folder.mkdir(parents=True, exist_ok=True)
        self._boots = threading.BoundedSemaphore(boots_at_once or max(2, os.cpu_count() or 1))
        self._taps: dict[str, tuple[str, ...]] = {}  # of running guests, until something about them changes
        self._changes = power.PowerChanges()
        self._news = PowerNews()
        self._reaper = Reaper()
        try:
            with self._reaper.alert():
                self._connection = open_embedded(self._root, uri, account)
        except HypervisorError:
            self._reaper.close()
            raise
        self._events = self._connection.domainEventRegisterAny(
            None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self._on_lifecycle, None
        )
        self._trimmer = console_log.Trimmer(self._console_logs)

    # --- what there is

    def info(self) -> HypervisorInfo:
        with sentences("described"):
            version = self._connection.getVersion()
        return HypervisorInfo(
            kind="QEMU",
            accelerator=self._accelerator.name,
            why=self._why,
            hostname=platform.node(),
            version=version,
            vcpus=os.cpu_count() or 1,
            memory_mb=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20,
            cpu_model=_cpu_model(),
        )

    def facts(self) -> dict[str, DomainFact]:
        with sentences("listed"):
            facts = (self._fact(domain) for domain in self._connection.listAllDomains(0))
            return {fact.id: fact for fact in facts if fact}

    def fact(self, domain_id: str) -> DomainFact | None:
        with sentences("found"):
            domain = self._find(domain_id)
            return self._fact(domain) if domain else None

    def cpu_times(self) -> dict[str, int]:
        """A guest whose monitor is busy is told without waiting for it, if its numbers can be had so."""
        flags = libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT
        with sentences("measured"):
            found = self._connection.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_CPU_TOTAL, flags)
            return {domain.UUIDString(): int(stats["cpu.time"]) for domain, stats in found if "cpu.time" in stats}

    def console_output(self, domain_id: str, lines: int | None) -> str:
        with sentences("read"):
            domain = self._find(domain_id)
            xml = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE) if domain else None
        path = domain_facts.console_files(xml)[0] if xml else None
        return console_log.tail(path, lines) if path else ""

    def serial_socket(self, domain_id: str) -> Path | None:
        fact = self.fact(domain_id)
        alive = fact is not None and fact.power in (Power.RUNNING, Power.PAUSED)
        return self._machine.serial_socket(domain_id) if alive else None

    def vnc_websocket(self, domain_id: str) -> tuple[str, int] | None:
        with sentences("shown"):
            domain = self._find(domain_id)
            port = domain_facts.websocket_port(domain.XMLDesc(0)) if domain else None
        return ("127.0.0.1", port) if port else None

    # --- definitions

    def define(self, spec: DomainSpec) -> None:
        spec.console_log.parent.mkdir(parents=True, exist_ok=True)
        with sentences("defined"):
            self._connection.defineXML(domain_xml(spec, self._machine))

    def remove(self, domain_id: str) -> None:
        """The definition goes last: a removal that was interrupted finds its log's path again."""
        with sentences("removed"):
            domain = self._find(domain_id)
            if domain is None:
                return
            power.cut(domain)
            for path in domain_facts.console_files(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)):
                if path:
                    path.unlink(missing_ok=True)
            (self._root / "log" / "qemu" / f"{domain_name(domain_id)}.log").unlink(missing_ok=True)
            domain.undefineFlags(
                libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
                | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
                | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
                | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
            )
        self._taps.pop(domain_id, None)
        self._news.forget(domain_id)

    def attach_nic(self, domain_id: str, nic: NicSpec) -> None:
        with sentences("given a network card"):
            nics.attach(self._domain(domain_id), nic)
        self._taps.pop(domain_id, None)

    def detach_nic(self, domain_id: str, mac: str) -> None:
        with sentences("freed of a network card"):
            nics.detach(self._domain(domain_id), mac)
        self._taps.pop(domain_id, None)

    # --- power

    def start(self, domain_id: str) -> None:
        with sentences("started"), self._boots:
            power.turn_on(self._domain(domain_id))
        self._taps.pop(domain_id, None)
        self._watch(domain_id)

    def stop(self, domain_id: str, grace: float) -> None:
        with sentences("stopped"):
            power.shut_down(self._domain(domain_id), grace, self._changes)

    def reboot(self, domain_id: str, hard: bool, grace: float = 60) -> None:
        """Off and on, with a new QEMU each time: also a definition that has changed takes effect."""
        self.stop(domain_id, 0 if hard else grace)
        self.start(domain_id)

    def pause(self, domain_id: str) -> None:
        with sentences("paused"):
            domain = self._domain(domain_id)
            if power.power(domain) is not Power.PAUSED:
                domain.suspend()

    def resume(self, domain_id: str) -> None:
        with sentences("resumed"):
            domain = self._domain(domain_id)
            if power.power(domain) is not Power.RUNNING:
                domain.resume()

    # --- life of the driver

    def listen(self, listener: PowerListener) -> None:
        self._news.listen(listener)

    def adopt(self, specs: Sequence[DomainSpec]) -> None:
        known = set()
        for domain in self._connection.listAllDomains(0):
            known.add(domain.UUIDString())
            if domain.isActive():
                self._settle(domain)
                self._watch(domain.UUIDString())
        for spec in specs:
            if spec.id not in known:
                self.define(spec)

    def close(self) -> None:
        """Guests run on: they are processes of their own, and the next opening of this root takes them over."""
        self._trimmer.close()
        with suppress(libvirt.libvirtError):
            self._connection.domainEventDeregisterAny(self._events)
            self._connection.close()
        self._news.close()
        self._reaper.close()

    # --- inside

    def _find(self, domain_id: str) -> libvirt.virDomain | None:
        try:
            return self._connection.lookupByName(domain_name(domain_id))
        except libvirt.libvirtError as error:
            if is_missing(error):
                return None
            raise

    def _domain(self, domain_id: str) -> libvirt.virDomain:
        domain = self._find(domain_id)
        if domain is None:
            raise HypervisorError("The server does not exist on this machine.")
        return domain

    def _fact(self, domain: libvirt.virDomain) -> DomainFact | None:
        """None for a domain that was removed between being listed and being asked."""
        domain_id = domain.UUIDString()
        try:
            now = power.power(domain)
            alive = now in (Power.RUNNING, Power.PAUSED)
            taps = self._taps_of(domain_id, domain) if alive else ()
        except libvirt.libvirtError as error:
            if is_missing(error):
                return None
            raise
        return DomainFact(domain_id, now, taps)

    def _taps_of(self, domain_id: str, domain: libvirt.virDomain) -> tuple[str, ...]:
        known = self._taps.get(domain_id)
        if known is None:
            known = self._taps[domain_id] = domain_facts.taps(domain.XMLDesc(0))
        return known

    def _settle(self, domain: libvirt.virDomain) -> None:
        """A first question to its monitor: it waits until libvirt has reconnected, and learns what was missed."""
        with suppress(libvirt.libvirtError):
            domain.memoryStats()
        if domain.state()[0] == libvirt.VIR_DOMAIN_SHUTDOWN:
            self._changes.wait_off(domain, _SETTLE_SECONDS)

    def _watch(self, domain_id: str) -> None:
        """Have the guest's QEMU reaped by us. No pid file: it is off again already."""
        path = self._root / "run" / "qemu" / f"{domain_name(domain_id)}.pid"
        with suppress(OSError, ValueError):
            self._reaper.watch(int(path.read_text()))

    def _console_logs(self) -> Iterable[Path]:
        with suppress(libvirt.libvirtError):
            for domain in self._connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
                path = domain_facts.console_files(domain.XMLDesc(0))[0]
                if path:
                    yield path

    def _on_lifecycle(
        self, _connection: libvirt.virConnect, domain: libvirt.virDomain, event: int, _detail: int, _opaque: object
    ) -> None:
        """On libvirt's event thread: only hand on, never call libvirt."""
        changed = domain_facts.power_of_event(event)
        if changed is None:
            return
        domain_id = domain.UUIDString()
        self._taps.pop(domain_id, None)
        self._changes.ring()
        self._news.tell(domain_id, changed)


def _require_way(account: Account, state: Path) -> None:
    if account.uid == 0:
        _log.warning("guests run as root", why=account.why)
    state.mkdir(parents=True, exist_ok=True)
    if closed := account.barrier(state):
        raise HypervisorError(
            f"Guests run as the user {account.name}, who may not enter {closed}: "
            f"`chmod o+x {closed}`, or choose another state directory with --state."
        )


def _cpu_model() -> str:
    """The processor's name as the kernel shows it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
