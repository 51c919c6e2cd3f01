"""The Linux driver when somebody meddles with the machine, when it is succeeded, and when it goes."""

import os
import select
import signal
import socket
from pathlib import Path

import pytest
from msgspec.structs import replace

from stacklab.host.network.linux import LinuxNetwork
from stacklab.host.network.plan import FloatingNeed, PlanChange, PortNeed
from tests.support.netlab import Guest, Machine
from tests.support.netplan import (
    A_FLOATING,
    FAR_BRIDGE,
    NEAR_BRIDGE,
    OUTER_BRIDGE,
    PLAN,
    TAPS,
    A,
    Lab,
)

pytestmark = pytest.mark.host


class TestRepair:
    @pytest.mark.parametrize(
        ("harm", "words"),
        [
            ("nft flush chain inet stacklab entering", "lost the rule"),
            ("nft delete table bridge stacklab", "table bridge stacklab is missing"),
            ("nft add rule inet stacklab to_host accept", "rules that are not ours"),
            (f"nft delete element inet stacklab ingress {{{A}}}", "is missing in map ingress"),
            ("nft add chain inet stacklab intruder", "chain intruder of inet stacklab is not ours"),
            (f"ip address delete {A_FLOATING}/32 dev {OUTER_BRIDGE}", f"{A_FLOATING}/32 is missing"),
            (f"ip address add 10.5.5.5/32 dev {OUTER_BRIDGE}", "10.5.5.5/32 does not belong"),
            (f"ip link set {NEAR_BRIDGE} down", "is down"),
            (f"ip link set {FAR_BRIDGE} mtu 1300", "has MTU 1300"),
            (f"ip link set {NEAR_BRIDGE} type bridge nf_call_iptables 0", "does not hand its packets to the firewall"),
            (f"ip link set {TAPS[A]} type bridge_slave hairpin off", "should let a guest call itself"),
            ("busybox sysctl -qw net.ipv4.ip_forward=0", "ip_forward is not 1"),
        ],
    )
    def test_harm_is_seen_and_undone(self, lab: Lab, harm: str, words: str) -> None:
        lab.host.run(*harm.split())
        assert any(words in drift for drift in lab.audit()), lab.audit()
        lab.apply(PLAN)
        assert lab.audit() == []

    def test_a_dead_dnsmasq_is_replaced(self, lab: Lab, tmp_path: Path) -> None:
        pid = int((lab.state / "dnsmasq" / f"{NEAR_BRIDGE}.pid").read_text())
        watch = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        select.select([watch], [], [], 5)
        os.close(watch)
        assert any("dnsmasq" in drift for drift in lab.audit())
        lab.apply(PLAN)
        assert lab.audit() == []
        assert lab.a.dhcp(tmp_path)["ip"] == A


class TestTaps:
    def test_a_tap_that_is_not_plugged_in_yet_is_no_obstacle(self, lab: Lab) -> None:
        """The hypervisor makes a tap, then puts it on its bridge; meanwhile another server's plan is applied."""
        lab.host.run("ip", "link", "set", TAPS[A], "nomaster")
        lab.apply(replace(PLAN, floating=PLAN.floating[1:]))
        lab.apply(PLAN)
        lab.host.run("ip", "link", "set", TAPS[A], "master", NEAR_BRIDGE)
        lab.apply(PLAN)
        assert lab.audit() == []

    def test_a_guest_that_was_just_plugged_in_may_call_itself(self, lab: Lab) -> None:
        """Its server is built: the port is planned with a floating IP, then the hypervisor makes the tap."""
        mac, address = "52:54:00:77:00:0e", "10.77.0.14"
        need = PortNeed("port-e", "sl-te", PLAN.networks[0].id, mac, (address,), "vm-e", ())
        floating = (FloatingNeed("10.88.0.55", address),)
        lab.host.do(lambda: lab.driver.change(PlanChange((need,), floating=floating)))
        guest = Guest(lab.host, need.tap, NEAR_BRIDGE, mac)
        try:
            assert lab.audit() == [f"tap: {need.tap} should let a guest call itself"]
            lab.host.do(lambda: lab.driver.plugged([need.id]))
            assert lab.audit() == []
        finally:
            guest.destroy()

    def test_a_change_elsewhere_disturbs_no_connection(self, lab: Lab) -> None:
        server = lab.a.do(lambda: socket.create_server(("0.0.0.0", 8000)))
        caller = lab.outside.do(lambda: socket.create_connection((A_FLOATING, 8000), 5))
        answerer, _ = server.accept()
        gone = PLAN.ports[1].id
        lab.host.do(lambda: lab.driver.change(PlanChange(removed=(gone,))))
        caller.settimeout(5)
        answerer.sendall(b"still here")
        assert caller.recv(100) == b"still here"
        assert lab.audit() == []
        for each in (server, caller, answerer):
            each.close()


class TestSuccession:
    def test_a_successor_disturbs_nobody(self, lab: Lab) -> None:
        """As after kill -9: a new driver over the same state, while a connection through a floating IP is open."""
        pid_file = lab.state / "dnsmasq" / f"{NEAR_BRIDGE}.pid"
        before = pid_file.read_text()
        server = lab.a.do(lambda: socket.create_server(("0.0.0.0", 8000)))
        caller = lab.outside.do(lambda: socket.create_connection((A_FLOATING, 8000), 5))
        answerer, _ = server.accept()
        successor = lab.host.do(lambda: LinuxNetwork(lab.state))
        lab.host.do(lambda: successor.apply(PLAN))
        caller.settimeout(5)
        answerer.sendall(b"still here")
        assert caller.recv(100) == b"still here"
        assert pid_file.read_text() == before
        for each in (server, caller, answerer):
            each.close()


def test_purge_leaves_nothing(tmp_path: Path) -> None:
    host = Machine()
    with host.entered():
        driver = LinuxNetwork(tmp_path / "state")
        driver.apply(PLAN)
        driver.purge()
    assert host.run("nft", "list", "ruleset") == ""
    assert host.run("ip", "-brief", "link").split()[0::1][0] == "lo"
    assert "sl-" not in host.run("ip", "-brief", "link")
    assert not (tmp_path / "state" / "dnsmasq").exists()
    assert not [entry for entry in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path).encode() in entry.read_bytes()]
    host.destroy()
