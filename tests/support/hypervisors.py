"""Both hypervisor drivers behind one bench, so that one suite tests them; and a process that can be killed."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stacklab.host.hypervisor.account import guest_account
from stacklab.host.hypervisor.probe import Accelerator
from stacklab.host.hypervisor.simulated import SimulatedHypervisor
from stacklab.host.hypervisor.spec import DiskSpec, DomainSpec, Hypervisor, NicSpec, Power
from tests.support import boot_guests
from tests.support.folders import passable_folder

PATIENCE = 20.0  # seconds
_numbers = itertools.count(1)


def wait_for(condition: Callable[[], bool], what: str, pause: float = 0.02) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s in vain for {what}"
        time.sleep(pause)


def open_driver(kind: str, state: Path) -> Hypervisor:
    """The driver of this name on this state directory; real guests are translated, which works on every machine."""
    if kind == "simulated":
        return SimulatedHypervisor(state / "simulated", why="a test")
    from stacklab.host.hypervisor.embed.driver import LibvirtHypervisor

    return LibvirtHypervisor(state, accelerator=Accelerator("tcg", "a test"))


class Bench:
    """A driver, the guests made with it, and what it told."""

    def __init__(self, kind: str, state: Path, bridge: str = "sl-none") -> None:
        self.kind, self.state, self.bridge = kind, state, bridge
        self.driver = open_driver(kind, state)
        self.heard: list[tuple[str, Power]] = []
        self._heard = threading.Condition()
        self.driver.listen(self._hear)

    def spec(self, guest: str = "idle", nics: int = 0) -> DomainSpec:
        return new_spec(self.state, guest, tuple(self.nic() for _ in range(nics)))

    def defined(self, guest: str = "idle", nics: int = 0) -> DomainSpec:
        spec = self.spec(guest, nics)
        self.driver.define(spec)
        return spec

    def running(self, guest: str = "idle", nics: int = 0) -> DomainSpec:
        """Started, and past its boot: it has said its prompt."""
        spec = self.defined(guest, nics)
        self.driver.start(spec.id)
        wait_for(lambda: boot_guests_prompted(self.driver, spec.id), "the guest's prompt")
        return spec

    def nic(self) -> NicSpec:
        number = next(_numbers)
        return NicSpec(f"slt{os.getpid() % 100000}n{number}", f"52:54:00:5a:00:{number:02x}", self.bridge, 1450)

    def power(self, spec: DomainSpec) -> Power | None:
        fact = self.driver.fact(spec.id)
        return fact.power if fact else None

    def power_off_from_inside(self, spec: DomainSpec) -> None:
        """A real "brief" guest does it by itself."""
        if isinstance(self.driver, SimulatedHypervisor):
            self.driver.power_off_from_inside(spec.id)

    def wait_heard(self, spec: DomainSpec, power: Power) -> None:
        with self._heard:
            assert self._heard.wait_for(lambda: (spec.id, power) in self.heard, PATIENCE), f"nobody told {power}"

    def clear(self) -> None:
        for domain_id in self.driver.facts():
            self.driver.remove(domain_id)
        self.heard.clear()

    def _hear(self, domain_id: str, power: Power) -> None:
        with self._heard:
            self.heard.append((domain_id, power))
            self._heard.notify_all()


def new_spec(state: Path, guest: str, nics: tuple[NicSpec, ...] = ()) -> DomainSpec:
    """A spec with a disk that boots this kind of guest."""
    domain_id = str(uuid.uuid4())
    disk = state / f"{domain_id}.raw"
    disk.write_bytes(boot_guests.disk(guest))
    guest_account().lend(disk, writable=True)
    return DomainSpec(
        domain_id, 1, 32, (DiskSpec(disk, "vda", "raw", serial="root"),), nics, state / f"{domain_id}.log"
    )


def boot_guests_prompted(driver: Hypervisor, domain_id: str) -> bool:
    return "login: " in driver.console_output(domain_id, None)


@contextmanager
def scratch() -> Iterator[Path]:
    """A state directory with a short path (unix sockets live below it); nothing runs on it afterwards."""
    with passable_folder("sl-hv-") as folder:
        try:
            yield folder
        finally:
            for process in Process.alive.pop(folder, []):
                process.kill()
            for pid_file in (folder / "libvirt" / "run" / "qemu").glob("sl-*.pid"):
                with suppress(ProcessLookupError):
                    os.kill(int(pid_file.read_text()), signal.SIGKILL)


class Process:
    """`python -m tests.support.hypervisors <kind> <state> [guest…]`: starts these guests, tells, waits to be killed.

    A guest is a kind of new one, or the id of one there is. With `wait=False` it is not waited for.
    """

    alive: dict[Path, list["Process"]] = {}

    def __init__(self, kind: str, state: Path, *guests: str, wait: bool = True) -> None:
        command = [sys.executable, "-m", "tests.support.hypervisors", kind, str(state), *guests]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        self.alive.setdefault(state, []).append(self)
        self.answer: dict[str, str] = self._answer() if wait else {}
        """After a start of new guests: guest → id. Otherwise: id → power, once adopted."""

    def _answer(self) -> dict[str, str]:
        assert self._process.stdout
        watchdog = threading.Timer(PATIENCE * 3, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        assert line, "the process ended before it answered"
        answer: dict[str, str] = json.loads(line)
        return answer

    def kill(self) -> None:
        self._process.kill()
        self._end()

    def clear_and_end(self) -> None:
        """The process removes every domain, then exits."""
        self._end()
        assert self._process.returncode == 0

    def _end(self) -> None:
        if self._process.stdin and not self._process.stdin.closed:
            self._process.communicate()


def start_new(driver: Hypervisor, state: Path, guest: str) -> str:
    """Its id."""
    spec = new_spec(state, guest)
    driver.define(spec)
    driver.start(spec.id)
    return spec.id


def powers(driver: Hypervisor) -> dict[str, str]:
    return {id: fact.power.value for id, fact in driver.facts().items()}


def main(kind: str, state: Path, guests: list[str]) -> None:
    driver = open_driver(kind, state)
    driver.adopt([])
    new = [guest for guest in guests if guest in boot_guests.KINDS]
    answer = {guest: start_new(driver, state, guest) for guest in new}
    for domain_id in set(guests) - set(new):
        driver.start(domain_id)
    print(json.dumps(answer or powers(driver)), flush=True)
    sys.stdin.read()
    for domain_id in driver.facts():
        driver.remove(domain_id)
    driver.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
