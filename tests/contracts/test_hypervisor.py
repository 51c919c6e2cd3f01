"""What every hypervisor driver promises, asked of each of them."""

import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from stacklab.host.disks.choose import choose as choose_disks
from stacklab.host.hypervisor.spec import DiskSpec, DomainSpec, HypervisorError, Power
from tests.support import boot_guests
from tests.support.hypervisors import Bench, Process, boot_guests_prompted, scratch, wait_for

KINDS = ["simulated", pytest.param("libvirt", marks=pytest.mark.host)]
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def state() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


@pytest.fixture(scope="module", params=KINDS)
def module_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """One driver for all tests: a process can have one libvirt. Real guests get a bridge of their own."""
    with scratch() as folder, bridge_for(request.param, folder) as bridge:
        bench = Bench(request.param, folder, bridge)
        yield bench
        bench.clear()
        bench.driver.close()


@contextmanager
def bridge_for(kind: str, folder: Path) -> Iterator[str]:
    name = f"slt-{folder.name[-8:]}"
    if kind == "simulated":
        yield name
        return
    subprocess.run(["ip", "link", "add", name, "mtu", "1450", "type", "bridge"], check=True)
    try:
        yield name
    finally:
        subprocess.run(["ip", "link", "delete", name], check=True)


@pytest.fixture
def bench(module_bench: Bench) -> Iterator[Bench]:
    yield module_bench
    module_bench.clear()


class TestProcessorTime:
    def test_it_is_told_of_guests_that_are_on(self, bench: Bench) -> None:
        spec, off = bench.running(), bench.defined()
        first = bench.driver.cpu_times()
        assert off.id not in first
        assert bench.driver.cpu_times()[spec.id] >= first[spec.id] >= 0
        bench.driver.stop(spec.id, 0)
        assert spec.id not in bench.driver.cpu_times()


class TestDefinitions:
    def test_a_defined_guest_is_off_and_shown(self, bench: Bench) -> None:
        spec = bench.defined()
        assert bench.power(spec) is Power.OFF
        assert set(bench.driver.facts()) == {spec.id}

    def test_defining_twice_is_defining_once(self, bench: Bench) -> None:
        spec = bench.defined()
        bench.driver.define(spec)
        assert len(bench.driver.facts()) == 1

    def test_defining_a_running_guest_changes_its_next_boot_only(self, bench: Bench) -> None:
        spec = bench.running(nics=1)
        bench.driver.define(replace(spec, memory_mb=48, nics=()))
        fact = bench.driver.fact(spec.id)
        assert fact
        assert (fact.power, fact.taps) == (Power.RUNNING, (spec.nics[0].tap,))
        bench.driver.reboot(spec.id, hard=True)
        fact = bench.driver.fact(spec.id)
        assert fact
        assert fact.taps == ()

    def test_a_missing_guest_is_no_fact(self, bench: Bench) -> None:
        assert bench.driver.fact(NOBODY) is None

    def test_removing_leaves_nothing_and_may_be_repeated(self, bench: Bench) -> None:
        spec = bench.running(nics=1)
        bench.driver.remove(spec.id)
        bench.driver.remove(spec.id)
        assert bench.driver.facts() == {}
        assert not spec.console_log.exists()
        assert not Path("/sys/class/net", spec.nics[0].tap).exists()

    @pytest.mark.parametrize("call", ["start", "stop", "reboot", "pause", "resume", "attach", "detach"])
    def test_acting_on_a_missing_guest_is_an_error_in_words(self, bench: Bench, call: str) -> None:
        driver = bench.driver
        calls = {
            "start": lambda: driver.start(NOBODY),
            "stop": lambda: driver.stop(NOBODY, 0),
            "reboot": lambda: driver.reboot(NOBODY, True),
            "pause": lambda: driver.pause(NOBODY),
            "resume": lambda: driver.resume(NOBODY),
            "attach": lambda: driver.attach_nic(NOBODY, bench.nic()),
            "detach": lambda: driver.detach_nic(NOBODY, "52:54:00:00:00:01"),
        }
        with pytest.raises(HypervisorError, match="does not exist on this machine"):
            calls[call]()


class TestPower:
    def test_starting_runs_it_and_again_changes_nothing(self, bench: Bench) -> None:
        spec = bench.defined()
        bench.driver.start(spec.id)
        bench.driver.start(spec.id)
        assert bench.power(spec) is Power.RUNNING

    def test_a_polite_guest_goes_off_when_asked(self, bench: Bench) -> None:
        spec = bench.running("polite")
        bench.driver.stop(spec.id, grace=60)
        assert bench.power(spec) is Power.OFF

    def test_a_deaf_guest_is_cut_off_after_its_grace(self, bench: Bench) -> None:
        spec = bench.running("idle")
        bench.driver.stop(spec.id, grace=0.2)
        assert bench.power(spec) is Power.OFF

    def test_stopping_twice_is_stopping_once(self, bench: Bench) -> None:
        spec = bench.running()
        bench.driver.stop(spec.id, grace=0)
        bench.driver.stop(spec.id, grace=0)
        assert bench.power(spec) is Power.OFF

    @pytest.mark.parametrize("hard", [True, False])
    def test_a_reboot_boots_again(self, bench: Bench, hard: bool) -> None:
        spec = bench.running("polite")
        bench.driver.reboot(spec.id, hard=hard, grace=60)
        assert bench.power(spec) is Power.RUNNING
        wait_for(lambda: bench.driver.console_output(spec.id, None).count("login: ") == 2, "the second prompt")

    def test_pausing_and_resuming(self, bench: Bench) -> None:
        spec = bench.running()
        for _ in range(2):
            bench.driver.pause(spec.id)
            assert bench.power(spec) is Power.PAUSED
        for _ in range(2):
            bench.driver.resume(spec.id)
            assert bench.power(spec) is Power.RUNNING

    def test_starting_a_paused_guest_resumes_it(self, bench: Bench) -> None:
        spec = bench.running()
        bench.driver.pause(spec.id)
        bench.driver.start(spec.id)
        assert bench.power(spec) is Power.RUNNING

    def test_a_guest_that_is_off_cannot_be_paused(self, bench: Bench) -> None:
        spec = bench.defined()
        with pytest.raises(HypervisorError, match="paused"):
            bench.driver.pause(spec.id)

    def test_stopping_a_paused_guest_does_not_wait_for_it(self, bench: Bench) -> None:
        spec = bench.running()
        bench.driver.pause(spec.id)
        bench.driver.stop(spec.id, grace=3600)
        assert bench.power(spec) is Power.OFF


class TestNews:
    def test_listeners_hear_what_we_do(self, bench: Bench) -> None:
        spec = bench.running()
        bench.driver.pause(spec.id)
        bench.driver.resume(spec.id)
        bench.driver.stop(spec.id, grace=0)
        bench.wait_heard(spec, Power.OFF)
        assert [power for id, power in bench.heard if id == spec.id] == [
            Power.RUNNING,
            Power.PAUSED,
            Power.RUNNING,
            Power.OFF,
        ]

    def test_listeners_hear_of_a_guest_that_powers_itself_off(self, bench: Bench) -> None:
        spec = bench.defined("brief")
        bench.driver.start(spec.id)
        bench.power_off_from_inside(spec)
        bench.wait_heard(spec, Power.OFF)
        assert bench.power(spec) is Power.OFF


class TestNics:
    def test_a_running_guest_has_its_taps(self, bench: Bench) -> None:
        spec = bench.running(nics=2)
        fact = bench.driver.fact(spec.id)
        assert fact
        assert fact.taps == tuple(nic.tap for nic in spec.nics)
        bench.driver.stop(spec.id, 0)
        fact = bench.driver.fact(spec.id)
        assert fact
        assert fact.taps == ()

    def test_a_card_is_plugged_into_a_running_guest_once(self, bench: Bench) -> None:
        spec, nic = bench.running(nics=1), bench.nic()
        bench.driver.attach_nic(spec.id, nic)
        bench.driver.attach_nic(spec.id, nic)
        fact = bench.driver.fact(spec.id)
        assert fact
        assert fact.taps == (spec.nics[0].tap, nic.tap)
        bench.driver.reboot(spec.id, hard=True)
        fact = bench.driver.fact(spec.id)
        assert fact
        assert fact.taps == (spec.nics[0].tap, nic.tap)

    def test_a_card_is_taken_out_of_a_guest_that_is_off(self, bench: Bench) -> None:
        spec = bench.defined(nics=2)
        for _ in range(2):
            bench.driver.detach_nic(spec.id, spec.nics[0].mac.upper())
        bench.driver.start(spec.id)
        fact = bench.driver.fact(spec.id)
        assert fact
        assert fact.taps == (spec.nics[1].tap,)


class TestConsole:
    def test_the_log_has_the_boot_and_the_prompt(self, bench: Bench) -> None:
        spec = bench.running()
        text = bench.driver.console_output(spec.id, None)
        assert "boot" in text
        assert bench.driver.console_output(spec.id, 1) == text.splitlines()[-1]

    def test_before_the_first_boot_it_is_empty(self, bench: Bench) -> None:
        assert bench.driver.console_output(bench.defined().id, 10) == ""
        assert bench.driver.console_output(NOBODY, 10) == ""

    def test_bytes_that_are_not_text_are_replaced(self, bench: Bench) -> None:
        spec = bench.running()
        with spec.console_log.open("ab") as log:
            log.write(b"\xff\xfe\n")
        assert bench.driver.console_output(spec.id, 1).endswith("\ufffd\ufffd\n")

    def test_a_guest_that_is_off_has_no_screen_and_no_socket(self, bench: Bench) -> None:
        spec = bench.defined()
        assert bench.driver.serial_socket(spec.id) is None
        assert bench.driver.vnc_websocket(spec.id) is None

    def test_a_running_guest_can_be_reached_where_there_is_a_real_one(self, bench: Bench) -> None:
        spec = bench.running()
        serial, screen = bench.driver.serial_socket(spec.id), bench.driver.vnc_websocket(spec.id)
        assert (serial is None) == (screen is None) == (bench.kind == "simulated")
        if serial and screen:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(serial))
            assert handshake(screen).startswith(b"HTTP/1.1 101 ")


def handshake(screen: tuple[str, int]) -> bytes:
    """The first answer of QEMU's WebSocket to a browser that wants binary frames (RFC 6455, 4.1)."""
    with socket.create_connection(screen, timeout=10) as client:
        lines = ["GET / HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade", "Origin: http://x"]
        lines += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13"]
        client.sendall("\r\n".join([*lines, "Sec-WebSocket-Protocol: binary", "", ""]).encode())
        return client.recv(4096)


def test_many_threads_at_once(bench: Bench) -> None:
    """Each guest has one job at a time; different guests have theirs together."""

    def life(_number: int) -> Power | None:
        spec = bench.defined()
        bench.driver.start(spec.id)
        bench.driver.facts()
        bench.driver.reboot(spec.id, hard=True)
        power = bench.power(spec)
        bench.driver.remove(spec.id)
        return power

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(life, range(6))) == [Power.RUNNING] * 6
    assert bench.driver.facts() == {}


def test_guests_on_one_base_start_and_stop_at_once(bench: Bench) -> None:
    """Each has a disk of its own on the same base: what one start or stop does to files must not hinder another."""
    disks = choose_disks(bench.kind == "libvirt", bench.state / "disks")
    image = bench.state / "image"
    image.write_bytes(boot_guests.disk("idle"))
    base = disks.ensure_base(image, "raw", "base")

    def live(_number: int) -> DomainSpec:
        spec = bench.spec()
        root = disks.ensure_root(spec.id, base, "raw", 1)
        spec = replace(spec, disks=(DiskSpec(root, "vda", serial="root"),))
        bench.driver.define(spec)
        for _ in range(3):
            bench.driver.start(spec.id)
            bench.driver.stop(spec.id, grace=0)
        bench.driver.start(spec.id)
        return spec

    with ThreadPoolExecutor(6) as pool:
        specs = list(pool.map(live, range(6)))
    for spec in specs:
        wait_for(lambda id=spec.id: boot_guests_prompted(bench.driver, id), "the prompt")  # type: ignore[misc]
    assert {bench.power(spec) for spec in specs} == {Power.RUNNING}


def test_info_says_what_it_stands_on(bench: Bench) -> None:
    info = bench.driver.info()
    assert info.kind in ("QEMU", "simulated")
    assert info.why
    assert info.vcpus > 0
    assert info.memory_mb > 0
    assert info.version > 0


def test_adopting_defines_what_was_lost(bench: Bench) -> None:
    kept, lost = bench.running(), bench.spec()
    bench.driver.adopt([kept, lost])
    assert (bench.power(kept), bench.power(lost)) == (Power.RUNNING, Power.OFF)


@pytest.mark.parametrize("kind", KINDS)
class TestDeath:
    """Each process here is another one: the first is killed with SIGKILL, the second finds what is left."""

    def test_guests_run_on_and_are_found_again(self, kind: str, state: Path) -> None:
        first = Process(kind, state, "idle")
        first.kill()
        second = Process(kind, state)
        assert second.answer == {first.answer["idle"]: "running"}
        second.clear_and_end()

    def test_a_guest_survives_several_owners(self, kind: str, state: Path) -> None:
        first = Process(kind, state, "idle")
        first.kill()
        Process(kind, state).kill()
        third = Process(kind, state)
        assert third.answer == {first.answer["idle"]: "running"}
        third.clear_and_end()
