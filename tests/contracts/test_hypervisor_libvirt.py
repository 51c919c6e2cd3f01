"""What only real guests can do to the libvirt driver: die unseen, be fought over, write too much."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from stacklab.host.hypervisor.account import guest_account
from tests.support.hypervisors import Process, scratch, wait_for

pytestmark = pytest.mark.host


@pytest.fixture
def state() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


def qemu_pid(state: Path, domain_id: str) -> int:
    return int((state / "libvirt" / "run" / "qemu" / f"sl-{domain_id}.pid").read_text())


def is_gone(pid: int) -> bool:
    """Dead, or a zombie that nobody has collected yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] == "Z"
    except FileNotFoundError:
        return True


def test_a_guest_that_went_off_unseen_is_off(state: Path) -> None:
    first = Process("libvirt", state, "two seconds", "idle")
    first.kill()
    wait_for(lambda: qemu_status(state, first.answer["two seconds"]) == "shutdown", "the guest's power off")
    second = Process("libvirt", state)
    assert second.answer == {first.answer["two seconds"]: "off", first.answer["idle"]: "running"}
    second.clear_and_end()


def qemu_status(state: Path, domain_id: str) -> str:
    """Asked over QMP, which libvirt leaves to us when it is gone; a QEMU whose guest went off stays, "shutdown"."""
    [monitor] = (state / "libvirt" / "lib" / "qemu").glob(f"domain-*-sl-{domain_id[:8]}*/monitor.sock")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(monitor))
        with client.makefile("rw") as stream:
            for command in ("qmp_capabilities", "query-status"):
                stream.write(json.dumps({"execute": command, "id": command}) + "\n")
                stream.flush()
            answers = (json.loads(line) for line in stream)
            return str(next(answer["return"]["status"] for answer in answers if answer.get("id") == "query-status"))


def test_after_a_reboot_of_the_node_guests_are_off_and_boot_again(state: Path) -> None:
    first = Process("libvirt", state, "idle")
    domain_id = first.answer["idle"]
    pid = qemu_pid(state, domain_id)
    first.kill()
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: is_gone(pid), "the end of QEMU")
    second = Process("libvirt", state)
    assert second.answer == {domain_id: "off"}
    second.kill()
    third = Process("libvirt", state, "idle")
    third.kill()
    fourth = Process("libvirt", state)
    assert fourth.answer == {domain_id: "off", third.answer["idle"]: "running"}
    fourth.clear_and_end()


def test_a_second_process_is_refused_in_words(state: Path) -> None:
    first = Process("libvirt", state, "idle")
    command = [sys.executable, "-m", "tests.support.hypervisors", "libvirt", str(state)]
    second = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert "Another stacklab process is running on this state directory." in second.stderr
    first.clear_and_end()


def test_guests_are_not_roots(state: Path) -> None:
    """And have no capability, nor any group that is not of their account."""
    first = Process("libvirt", state, "idle")
    status = Path(f"/proc/{qemu_pid(state, first.answer['idle'])}/status").read_text()
    rights = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    account = guest_account()
    assert account.uid != 0
    assert set(rights["Uid"].split()) == {str(account.uid)}
    assert set(rights["Gid"].split()) == {str(account.process_gid)}
    assert {int(group) for group in rights["Groups"].split()} <= set(account.groups)
    assert int(rights["CapEff"], 16) == int(rights["CapPrm"], 16) == 0
    first.clear_and_end()


def is_there(pattern: str) -> Callable[[Path], bool]:
    return lambda state: any(state.glob(pattern))


def is_running(word: str) -> Callable[[Path], bool]:
    return lambda state: any(word in command for command in qemus(state).values())


def has_booted(state: Path) -> bool:
    return any(log.stat().st_size for log in state.glob("*.log"))


START_STEPS: dict[str, Callable[[Path], bool]] = {
    "QEMU is asked what it can do": is_running("qmp-"),
    "its folder is made": is_there("libvirt/lib/qemu/domain-*"),
    "its monitor's socket is bound": is_there("libvirt/lib/qemu/domain-*/monitor.sock"),
    "its console's socket is bound": is_there("libvirt/serial/*.sock"),
    "its log is opened": is_there("libvirt/log/qemu/sl-*.log"),
    "QEMU has been forked": is_there("libvirt/run/qemu/sl-*.pid"),
    "libvirt has written it down": is_there("libvirt/run/qemu/sl-*.xml"),
    "QEMU is executed": is_running("guest=sl-"),
    "the guest boots": has_booted,
}


@pytest.mark.parametrize("step", START_STEPS)
def test_killed_in_the_middle_of_a_start(state: Path, step: str) -> None:
    """No QEMU is left that nobody knows of, and the guest boots at the next try."""
    starting = Process("libvirt", state, "idle", wait=False)
    wait_for(lambda: START_STEPS[step](state), step, pause=0)
    starting.kill()
    again = Process("libvirt", state)
    running = sum(power == "running" for power in again.answer.values())
    wait_for(lambda: len(qemus(state)) == running, "QEMUs to be those libvirt knows of")
    again.kill()
    last = Process("libvirt", state, *(again.answer or ["idle"]))
    assert len(qemus(state)) == 1
    last.clear_and_end()
    wait_for(lambda: not qemus(state), "the end of QEMU")


def qemus(state: Path) -> dict[int, str]:
    """Process id → command line of all QEMUs of this state directory, known to libvirt or not."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (entry / "cmdline").read_text(errors="replace")
            if command.startswith("/usr/bin/qemu-system") and str(state) in command:
                found[int(entry.name)] = command
    return found


def test_definitions_satisfy_libvirts_schema(state: Path) -> None:
    """In a process of its own, as a process has one libvirt root."""
    command = [sys.executable, "-m", "tests.support.definition_scenario", str(state)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
