"""Kill the process at random moments of a workload and start it again: nothing is lost and nothing is left over."""

import os
import random
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stacklab.host.disks.choose import choose as choose_disks
from stacklab.host.hypervisor.simulated import SimulatedHypervisor
from stacklab.host.hypervisor.spec import Power
from tests.support.client import until
from tests.support.folders import passable_folder
from tests.support.node import Node, run
from tests.support.workload import Workload

SEED = int(os.environ.get("TEST_SEED", "20131123"))
POWER = {"ACTIVE": Power.RUNNING, "SHUTOFF": Power.OFF}


def test_two_hundred_steps_on_the_simulated_driver(tmp_path: Path) -> None:
    work = Workload(Node(tmp_path / "state").start(), random.Random(SEED))
    steps = 0
    while steps < 200 or work.kills < 20:  # a kill that finds the node down already is not one
        assert steps < 1000, f"{work.kills} kills in {steps} steps"
        if steps % 8 == 0:
            work.kill_soon(0.25)
        work.step()
        steps += 1
    work.settle()
    work.audit()
    assert work.node.stop() == 0
    same_on_the_machine(work)


def test_guests_return_to_their_power_state_after_a_reboot_of_the_node(tmp_path: Path) -> None:
    work = Workload(Node(tmp_path / "state").start(), random.Random(SEED))
    for _ in range(12):
        work.step()
    work.settle()
    work.node.kill()
    pretend_reboot(work.node)
    simulated = SimulatedHypervisor(work.node.state / "simulated", why="the test pulls the plug")
    for domain in simulated.facts():
        simulated.stop(domain, 0)
    simulated.close()
    work.settle()
    assert work.node.stop() == 0
    same_on_the_machine(work)


@pytest.fixture
def passable() -> Iterator[Path]:
    with passable_folder() as folder:
        yield folder


def pretend_reboot(node: Node) -> None:
    """The kernel's boot id is what tells a reboot from guests that went off by themselves: remember another one."""
    with closing(sqlite3.connect(node.state / "stacklab.db")) as database, database:
        database.execute("UPDATE facts SET value = 'another boot' WHERE key = 'compute.boot_id'")


def same_on_the_machine(work: Workload) -> None:
    """What the simulated machine has is what was asked for: domains, their power, and disks."""
    state = work.node.state
    simulated = SimulatedHypervisor(state / "simulated", why="the test looks")
    assert {id: fact.power for id, fact in simulated.facts().items()} == {
        id: POWER[status] for id, status in work.wanted.items()
    }
    assert choose_disks(False, state / "disks").known() == set(work.wanted)
    simulated.close()


@pytest.mark.host
def test_ten_steps_on_libvirt(passable: Path) -> None:
    """Real guests: they keep their process through every kill of ours, and leave no process, tap or disk behind."""
    node = Node(passable / "state", "libvirt")
    try:
        work = Workload(node.start(), random.Random(SEED), most=3)
        for _ in range(10):
            running, before = active(work), guests(node)
            timer = work.kill_soon(1.5)
            work.step()
            work.settle(240)
            timer.join()
            after = guests(node)
            assert all(after[id] == before[id] for id in running & active(work)), "a guest died with us"
        work.audit()
        until("guests to be exactly those asked for", lambda: set(guests(node)) == active(work))
        until("no tap to be left", lambda: len(taps(node)) == len(active(work)))
        assert choose_disks(True, node.state / "disks").known() == set(work.wanted)
        before = power_cut(node)
        work.settle(240)
        until("the guests to run again", lambda: set(guests(node)) == active(work), 120)
        assert not set(before.values()) & set(guests(node).values())
    finally:
        node.purge()
    assert guests(node) == {}


def power_cut(node: Node) -> dict[str, int]:
    """The machine goes down and comes up again: our process, every guest and every bridge are gone."""
    before = guests(node)
    node.kill()
    for process in before.values():
        os.kill(process, signal.SIGKILL)
    until("the guests to be gone", lambda: not guests(node))
    assert node.namespaces
    node.namespaces.remove()
    node.namespaces.make()
    pretend_reboot(node)
    return before


def active(work: Workload) -> set[str]:
    return {id for id, status in work.wanted.items() if status == "ACTIVE"}


def guests(node: Node) -> dict[str, int]:
    """Server id → process id of the QEMUs that belong to this state directory."""
    found = {}
    for line in run("pgrep", "-af", f"qemu-system.*{node.state}", check=False).splitlines():
        process, _, command = line.partition(" ")
        if "guest=sl-" in command:
            found[command.split("guest=sl-")[1][:36]] = int(process)
    return found


def taps(node: Node) -> list[str]:
    assert node.namespaces
    links = run("ip", "-n", node.namespaces.node, "-o", "link").splitlines()
    return [line.split(": ")[1] for line in links if line.split(": ")[1].startswith("sl-t")]
