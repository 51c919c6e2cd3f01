"""Both hypervisor drivers behind one bench, so that one suite tests them; and a process that can be killed."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stacklab.host.hypervisor.probe import Accelerator
from stacklab.host.hypervisor.simulated import SimulatedHypervisor
from stacklab.host.hypervisor.spec import DiskSpec, DomainSpec, Hypervisor, NicSpec, Power
from tests.support import boot_guests

PATIENCE = 20.0  # seconds
_numbers = itertools.count(1)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s in vain for {what}"
        time.sleep(0.02)


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
    return DomainSpec(
        domain_id, 1, 32, (DiskSpec(disk, "vda", "raw", serial="root"),), nics, state / f"{domain_id}.log"
    )


def boot_guests_prompted(driver: Hypervisor, domain_id: str) -> bool:
    return "login: " in driver.console_output(domain_id, None)


@contextmanager
def scratch() -> Iterator[Path]:
    """A state directory with a short path (unix sockets live below it); nothing runs on it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="sl-hv-"))
    try:
        yield folder
    finally:
        for process in Process.alive.pop(folder, []):
            process.kill()
        for pid_file in (folder / "libvirt" / "run" / "qemu").glob("sl-*.pid"):
            with suppress(ProcessLookupError):
                os.kill(int(pid_file.read_text()), signal.SIGKILL)
        shutil.rmtree(folder)


class Process:
    """`python -m tests.support.hypervisors <kind> <state> [guest…]`: starts these guests, tells, waits to be killed."""

    alive: dict[Path, list["Process"]] = {}

    def __init__(self, kind: str, state: Path, *guests: str) -> None:
        command = [sys.executable, "-m", "tests.support.hypervisors", kind, str(state), *guests]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        self.alive.setdefault(state, []).append(self)
        assert self._process.stdout
        watchdog = threading.Timer(PATIENCE * 3, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        assert line, "the process ended before it answered"
        self.answer: dict[str, str] = json.loads(line)
        """After a start with guests: guest → id. Without: id → power, once adopted."""

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


def main(kind: str, state: Path, guests: list[str]) -> None:
    driver = open_driver(kind, state)
    if guests:
        answer = {}
        for guest in guests:
            spec = new_spec(state, guest)
            driver.define(spec)
            driver.start(spec.id)
            answer[guest] = spec.id
    else:
        driver.adopt([])
        answer = {id: fact.power.value for id, fact in driver.facts().items()}
    print(json.dumps(answer), flush=True)
    sys.stdin.read()
    for domain_id in driver.facts():
        driver.remove(domain_id)
    driver.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
