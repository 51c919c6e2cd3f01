"""The life of a dnsmasq, on a bridge in a network namespace of its own."""

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from stacklab.host.network.dnsmasq import Dnsmasqs
from stacklab.host.network.plan import NetworkError, NetworkNeed, NetworkPlan, PortNeed, SubnetPlan
from tests.support.netlab import Machine, run

pytestmark = pytest.mark.host

PR_SET_CHILD_SUBREAPER = 36
NETWORK = NetworkNeed("n", "sl-btest", 1450, (SubnetPlan("10.77.0.0/24", "10.77.0.1"),))
PORT = PortNeed("p", "sl-t1", "n", "52:54:00:00:00:01", ("10.77.0.11",), "vm", ())
PLAN = NetworkPlan((NETWORK,), ports=(PORT,))


def add_bridge() -> None:
    run("ip", "link", "add", NETWORK.bridge, "type", "bridge")
    run("ip", "address", "add", "10.77.0.1/24", "dev", NETWORK.bridge)
    run("ip", "link", "set", NETWORK.bridge, "up")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    host = Machine()
    with host.entered():
        add_bridge()
        yield tmp_path / "dnsmasq"
        Dnsmasqs(tmp_path / "dnsmasq").purge()
    host.destroy()


def pid(folder: Path) -> int:
    return int((folder / "sl-btest.pid").read_text())


def test_it_stays_while_ports_come_and_go(folder: Path) -> None:
    ours = Dnsmasqs(folder)
    ours.apply(PLAN)
    first = pid(folder)
    ours.apply(replace(PLAN, ports=()))
    assert (pid(folder), ours.drift(replace(PLAN, ports=()))) == (first, [])


def test_a_successor_adopts_it_even_without_its_pid_file(folder: Path) -> None:
    Dnsmasqs(folder).apply(PLAN)
    first = pid(folder)
    (folder / "sl-btest.pid").unlink()
    Dnsmasqs(folder).apply(PLAN)
    assert Path(f"/proc/{first}/cmdline").read_bytes().startswith(b"dnsmasq")
    assert not (folder / "sl-btest.pid").exists()


def test_other_arguments_replace_it(folder: Path) -> None:
    ours = Dnsmasqs(folder)
    ours.apply(PLAN)
    first = pid(folder)
    wider = replace(PLAN, networks=(replace(NETWORK, mtu=1400),))
    assert ours.drift(wider) != []
    ours.apply(wider)
    assert pid(folder) != first
    assert ours.drift(wider) == []


def test_a_bridge_made_anew_replaces_it(folder: Path) -> None:
    """Its sockets are bound to the index of the old one."""
    ours = Dnsmasqs(folder)
    ours.apply(PLAN)
    first = pid(folder)
    run("ip", "link", "delete", NETWORK.bridge)
    add_bridge()
    assert ours.drift(PLAN) != []
    ours.apply(PLAN)
    assert pid(folder) != first
    assert ours.drift(PLAN) == []


def test_what_dnsmasq_refuses_is_told(folder: Path) -> None:
    run("ip", "address", "flush", "dev", NETWORK.bridge)
    (folder / "sl-btest.log").mkdir(parents=True)
    with pytest.raises(NetworkError, match="dnsmasq on sl-btest"):
        Dnsmasqs(folder).apply(PLAN)


def test_a_subreaper_is_left_without_zombies(folder: Path) -> None:
    """The hypervisor makes this process adopt orphans."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        ours = Dnsmasqs(folder)
        ours.apply(PLAN)
        ours.apply(NetworkPlan())
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        assert [child for child in children if b"dnsmasq" in Path(f"/proc/{child}/stat").read_bytes()] == []
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
