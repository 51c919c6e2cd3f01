"""The Linux driver seen from inside its guests and from outside: what packets really do."""

import os
import select
import signal
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stacklab.host.network.linux import LinuxNetwork
from stacklab.host.network.plan import (
    ExternalNeed,
    FloatingNeed,
    NetworkNeed,
    NetworkPlan,
    PortNeed,
    RuleNeed,
    SubnetPlan,
)
from tests.support import frames
from tests.support.netlab import DENIAL, PATIENCE, Guest, Machine, greeting

pytestmark = pytest.mark.host

NET, FAR = "net-1", "net-2"
NEAR_BRIDGE, FAR_BRIDGE, OUTER_BRIDGE = "sl-bnear", "sl-bfar", "sl-xout"
A, B, C, D = "10.77.0.11", "10.77.0.12", "10.77.0.13", "10.78.0.11"
A_FLOATING, B_FLOATING, D_FLOATING = "10.88.0.51", "10.88.0.52", "10.88.0.54"
GATEWAY, OUTSIDE, OUTER_GATEWAY, INTERNAL = "10.77.0.1", "10.88.0.100", "10.88.0.1", "10.99.0.9"
MACS = {A: "52:54:00:77:00:0b", B: "52:54:00:77:00:0c", C: "52:54:00:77:00:0d", D: "52:54:00:78:00:0b"}
TAPS = {A: "sl-ta", B: "sl-tb", C: "sl-tc", D: "sl-td"}

EGRESS = RuleNeed("egress")
WEB = RuleNeed("ingress", "tcp", 8000, 8010)
FROM_B = RuleNeed("ingress", "tcp", 9000, 9000, remote_group="friends")
PING_FROM_OUTSIDE = RuleNeed("ingress", "icmp", 8, remote_cidr="10.88.0.0/24")


def port(address: str, *rules: RuleNeed, network: str = NET) -> PortNeed:
    name = TAPS[address][-1]
    return PortNeed(f"port-{name}", TAPS[address], network, MACS[address], (address,), f"vm-{name}", rules)


PLAN = NetworkPlan(
    (
        NetworkNeed(NET, NEAR_BRIDGE, 1450, (SubnetPlan("10.77.0.0/24", GATEWAY),)),
        NetworkNeed(FAR, FAR_BRIDGE, 1450, (SubnetPlan("10.78.0.0/24", "10.78.0.1"),)),
    ),
    ExternalNeed("net-x", OUTER_BRIDGE, "10.88.0.0/24", OUTER_GATEWAY),
    (
        port(A, WEB, FROM_B, PING_FROM_OUTSIDE, EGRESS),
        port(B, EGRESS),
        port(C, WEB),
        port(D, WEB, EGRESS, network=FAR),
    ),
    (FloatingNeed(A_FLOATING, A), FloatingNeed(D_FLOATING, D)),
    {"friends": (B,)},
)


OPEN_B = replace(port(B, RuleNeed("ingress"), EGRESS), port_security=False)


class Lab:
    """A host with the driver, guests A, B, C on one network and D on another, an outside and an internal machine."""

    def __init__(self, state: Path) -> None:
        self.host, self.outside, self.internal, self.state = Machine(), Machine(), Machine(), state
        with self.host.entered():
            self.driver = LinuxNetwork(state)
            self.driver.apply(PLAN)
        self.a, self.b, self.c = (Guest(self.host, TAPS[each], NEAR_BRIDGE, MACS[each]) for each in (A, B, C))
        self.d = Guest(self.host, TAPS[D], FAR_BRIDGE, MACS[D])
        for guest, address in ((self.a, A), (self.b, B), (self.c, C)):
            guest.configure(f"{address}/24", GATEWAY)
        self.d.configure(f"{D}/24", "10.78.0.1")
        self._plug(self.outside, "sltest-out", f"{OUTSIDE}/24")
        self.host.run("ip", "link", "set", "sltest-out", "master", OUTER_BRIDGE, "up")
        self._plug(self.internal, "sltest-int", f"{INTERNAL}/24")
        self.host.run("ip", "address", "add", "10.99.0.1/24", "dev", "sltest-int")
        self.internal.run("ip", "route", "add", "default", "via", "10.99.0.1")

    def _plug(self, machine: Machine, link: str, address: str) -> None:
        inner = ("peer", "name", "eth0", "netns", machine.name)
        self.host.run("ip", "link", "add", link, "type", "veth", *inner)
        self.host.run("ip", "link", "set", link, "up")
        machine.run("ip", "address", "add", address, "dev", "eth0")
        machine.run("ip", "link", "set", "eth0", "up")

    def apply(self, plan: NetworkPlan) -> None:
        self.host.do(lambda: self.driver.apply(plan))

    def audit(self) -> list[str]:
        return [drift.what for drift in self.host.do(self.driver.audit)]

    def destroy(self) -> None:
        self.host.do(self.driver.purge)
        for machine in (self.a, self.b, self.c, self.d, self.outside, self.internal, self.host):
            machine.destroy()


@pytest.fixture(scope="module")
def shared_lab() -> Iterator[Lab]:
    """Its state can be reached by dnsmasq's own account; pytest's folders are root's alone, and dnsmasq with them."""
    with tempfile.TemporaryDirectory() as state:
        Path(state).chmod(0o711)
        lab = Lab(Path(state) / "network")
        yield lab
        lab.destroy()


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    shared_lab.apply(PLAN)
    return shared_lab


class TestDhcpAndNames:
    def test_a_guest_gets_what_was_planned(self, lab: Lab, tmp_path: Path) -> None:
        got = lab.b.dhcp(tmp_path)
        assert (got["ip"], got["subnet"], got["router"], got["dns"]) == (B, "255.255.255.0", GATEWAY, GATEWAY)
        assert (got["hostname"], got["domain"], got["mtu"]) == ("vm-b", "stacklab.internal", "1450")
        assert got["staticroutes"] == f"169.254.169.254/32 {GATEWAY} 0.0.0.0/0 {GATEWAY}"

    def test_a_stranger_gets_nothing(self, lab: Lab, tmp_path: Path) -> None:
        """Its tap is not in the plan: nothing it sends arrives."""
        lab.apply(replace(PLAN, ports=tuple(each for each in PLAN.ports if each.tap != TAPS[B])))
        assert lab.b.dhcp(tmp_path) == {}
        assert not lab.b.pings(GATEWAY)

    def test_a_new_port_is_served_at_once(self, lab: Lab, tmp_path: Path) -> None:
        others = tuple(each for each in PLAN.ports if each.tap != TAPS[B])
        lab.apply(replace(PLAN, ports=others))
        lab.apply(replace(PLAN, ports=(*others, replace(port(B, EGRESS), addresses=("10.77.0.99",)))))
        assert lab.b.dhcp(tmp_path)["ip"] == "10.77.0.99"

    def test_the_gateway_knows_the_names(self, lab: Lab) -> None:
        assert A in lab.b.run("busybox", "nslookup", "vm-a.stacklab.internal", GATEWAY)


class TestGroups:
    @pytest.mark.parametrize(
        ("caller", "number", "allowed"),
        [("b", 8005, True), ("b", 22, False), ("b", 9000, True), ("c", 9000, False), ("c", 8005, False)],
    )
    def test_between_guests_of_one_network(self, lab: Lab, caller: str, number: int, allowed: bool) -> None:
        """A lets in 8000-8010 from anywhere and 9000 from the group of B; C may send nothing itself."""
        with lab.a.listen(number):
            assert getattr(lab, caller).reaches(A, number) is allowed

    def test_nothing_comes_in_by_default(self, lab: Lab) -> None:
        with lab.b.listen(80):
            assert not lab.a.reaches(B, 80)
        assert not lab.a.pings(B)

    def test_without_port_security_everything_comes_in(self, lab: Lab) -> None:
        unsecured = replace(port(B), port_security=False)
        lab.apply(replace(PLAN, ports=(PLAN.ports[0], unsecured, *PLAN.ports[2:])))
        with lab.b.listen(80):
            assert lab.a.reaches(B, 80)
        with lab.a.listen(22):
            assert not lab.b.reaches(A, 22)

    def test_a_broadcast_is_not_a_way_in(self, lab: Lab) -> None:
        with lab.b.wire() as wire, lab.a.wire() as sender:
            sender.send(frames.udp((MACS[A], frames.BROADCAST), (A, "10.77.0.255"), (5000, 5000), b"smuggled"))
            sender.send(frames.arp(MACS[A], (MACS[A], A), B, reply=False))
            assert not frames.heard(wire, b"smuggled", socket.inet_aton(A) + b"\xff" * 6)

    def test_a_member_more_is_let_in(self, lab: Lab) -> None:
        lab.apply(
            replace(
                PLAN,
                ports=(PLAN.ports[0], PLAN.ports[1], port(C, EGRESS), PLAN.ports[3]),
                groups={"friends": (B, C)},
            )
        )
        with lab.a.listen(9000):
            assert lab.c.reaches(A, 9000)

    def test_networks_do_not_see_each_other(self, lab: Lab) -> None:
        with lab.d.listen(8000):
            assert not lab.a.reaches(D, 8000)


class TestForgery:
    """A sends a lie, then a truth that B must hear; the lie must not have arrived before it."""

    LIES = {
        "another MAC": frames.udp(("52:54:00:00:00:99", MACS[B]), (A, B), (5000, 5000), b"a lie"),
        "another guest's MAC": frames.udp((MACS[C], MACS[B]), (A, B), (5000, 5000), b"a lie"),
        "another IP": frames.udp((MACS[A], MACS[B]), ("10.77.0.200", B), (5000, 5000), b"a lie"),
        "another guest's IP": frames.udp((MACS[A], MACS[B]), (C, B), (5000, 5000), b"a lie"),
        "a DHCP server": frames.udp((MACS[A], frames.BROADCAST), (A, "255.255.255.255"), (67, 68), b"a lie"),
        "ARP for the gateway": frames.arp(MACS[A], (MACS[A], GATEWAY), B) + b"a lie",
        "ARP with another MAC": frames.arp(MACS[A], (MACS[C], A), B) + b"a lie",
        "IPv6": frames.ipv6((MACS[A], "33:33:00:00:00:01"), b"a lie"),
        "a VLAN": bytes.fromhex("ffffffffffff" + MACS[A].replace(":", "") + "81000001" + "0806") + b"a lie" * 10,
    }

    @pytest.mark.parametrize("lie", LIES)
    def test_is_dropped(self, lab: Lab, lie: str) -> None:
        """B lets all in here, so that only the guard of A's tap can stop a frame."""
        lab.apply(replace(PLAN, ports=(PLAN.ports[0], OPEN_B, *PLAN.ports[2:])))
        assert not self._arrives(lab, lie)

    @pytest.mark.parametrize("lie", LIES)
    def test_would_arrive_without_port_security(self, lab: Lab, lie: str) -> None:
        """So it is the guard that drops them, not some mistake in the frames."""
        liar = replace(PLAN.ports[0], port_security=False)
        lab.apply(replace(PLAN, ports=(liar, OPEN_B, port(C, EGRESS), PLAN.ports[3])))
        try:
            assert self._arrives(lab, lie)
        finally:
            for believer in (lab.host, lab.b, lab.c):
                believer.run("ip", "neighbour", "flush", "all")

    def _arrives(self, lab: Lab, lie: str) -> bool:
        with lab.b.wire() as wire, lab.a.wire() as sender:
            sender.send(self.LIES[lie])
            sender.send(frames.udp((MACS[A], MACS[B]), (A, B), (5000, 5000), b"the truth"))
            return frames.heard(wire, b"a lie", b"the truth")


class TestOutside:
    @pytest.mark.parametrize(("number", "allowed"), [(8000, True), (22, False), (9000, False)])
    def test_a_floating_ip_opens_what_the_group_opens(self, lab: Lab, number: int, allowed: bool) -> None:
        with lab.a.listen(number):
            assert lab.outside.reaches(A_FLOATING, number) is allowed

    def test_the_guest_sees_who_calls(self, lab: Lab) -> None:
        with lab.a.listen(8000) as listener:
            assert greeting(lab.outside, A_FLOATING, 8000)
            assert listener.callers == [OUTSIDE]

    def test_ping_follows_its_rule(self, lab: Lab) -> None:
        assert lab.outside.pings(A_FLOATING)
        assert not lab.outside.pings(D_FLOATING)

    def test_a_fixed_address_is_no_way_in(self, lab: Lab) -> None:
        lab.outside.run("ip", "route", "replace", "10.77.0.0/24", "via", OUTER_GATEWAY)
        with lab.a.listen(8000):
            assert not lab.outside.reaches(A, 8000)

    @pytest.mark.parametrize(("caller", "seen"), [("a", A_FLOATING), ("b", OUTER_GATEWAY)])
    def test_the_outside_sees_the_floating_ip_or_the_host(self, lab: Lab, caller: str, seen: str) -> None:
        with lab.outside.listen(80) as listener:
            assert greeting(getattr(lab, caller), OUTSIDE, 80)
            assert listener.callers == [seen]

    def test_without_egress_rules_nothing_goes_out(self, lab: Lab) -> None:
        with lab.outside.listen(80):
            assert not lab.c.reaches(OUTSIDE, 80)

    def test_the_host_reaches_a_floating_ip_as_others_do(self, lab: Lab) -> None:
        with lab.a.listen(8000), lab.a.listen(22):
            assert lab.host.reaches(A_FLOATING, 8000)
            assert not lab.host.reaches(A_FLOATING, 22)

    def test_a_guest_calls_itself_by_its_floating_ip(self, lab: Lab) -> None:
        with lab.a.listen(8000) as listener:
            assert greeting(lab.a, A_FLOATING, 8000)
            assert listener.callers == [A_FLOATING]

    @pytest.mark.parametrize(("caller", "target"), [("b", A_FLOATING), ("a", D_FLOATING), ("d", A_FLOATING)])
    def test_guests_call_each_other_by_floating_ip(self, lab: Lab, caller: str, target: str) -> None:
        with lab.a.listen(8001), lab.d.listen(8001):
            assert greeting(getattr(lab, caller), target, 8001)

    def test_a_group_knows_its_member_behind_a_floating_ip(self, lab: Lab) -> None:
        """9000 is open to B's group only: the rule sees B's own address, though B calls by way of NAT."""
        with lab.a.listen(9000):
            assert lab.b.reaches(A_FLOATING, 9000)
            assert not lab.d.reaches(A_FLOATING, 9000)

    def test_a_floating_ip_that_moves_takes_its_callers_along(self, lab: Lab) -> None:
        opened = (PLAN.ports[0], port(B, WEB, EGRESS), *PLAN.ports[2:])
        lab.apply(replace(PLAN, ports=opened, floating=(FloatingNeed(A_FLOATING, B),)))
        with lab.b.listen(8000) as listener:
            assert greeting(lab.outside, A_FLOATING, 8000)
            assert listener.callers == [OUTSIDE]
        assert not lab.outside.reaches(D_FLOATING, 8000)


class TestRevocation:
    """An open connection ends with the permission it came by, and with no other."""

    @pytest.mark.parametrize(
        ("plan", "goes_on"),
        [
            pytest.param(PLAN, True, id="nothing changes"),
            pytest.param(
                replace(PLAN, ports=(port(A, WEB, EGRESS), *PLAN.ports[1:])), True, id="another rule is taken away"
            ),
            pytest.param(
                replace(PLAN, ports=(port(A, FROM_B, EGRESS), *PLAN.ports[1:])), False, id="its rule is taken away"
            ),
            pytest.param(replace(PLAN, floating=PLAN.floating[1:]), False, id="its floating IP is taken away"),
            pytest.param(
                replace(PLAN, ports=PLAN.ports[:1], floating=PLAN.floating[:1], groups={"friends": ()}),
                True,
                id="all others go",
            ),
        ],
    )
    def test_a_connection_through_a_floating_ip(self, lab: Lab, plan: NetworkPlan, goes_on: bool) -> None:
        server = lab.a.do(lambda: socket.create_server(("0.0.0.0", 8000)))
        caller = lab.outside.do(lambda: socket.create_connection((A_FLOATING, 8000), PATIENCE))
        answerer, _ = server.accept()
        with server, caller, answerer:
            lab.apply(plan)
            answerer.settimeout(DENIAL)
            caller.sendall(b"still there?")
            try:
                assert (answerer.recv(100) == b"still there?") is goes_on
            except TimeoutError:
                assert not goes_on


class TestHost:
    def test_metadata_is_asked_by_the_guests_own_address(self, lab: Lab) -> None:
        assert lab.driver.metadata_binds() == [(GATEWAY, 8775), ("10.78.0.1", 8775)]
        for (address, number), guest, expected in zip(lab.driver.metadata_binds(), (lab.a, lab.d), (A, D), strict=True):
            with lab.host.listen(number, address) as listener:
                assert greeting(guest, "169.254.169.254", 80)
                assert listener.callers == [expected]

    @pytest.mark.parametrize("address", [GATEWAY, OUTER_GATEWAY, "10.99.0.1", "10.78.0.1"])
    def test_its_own_services_are_out_of_reach(self, lab: Lab, address: str) -> None:
        with lab.host.listen(8080):
            assert not lab.a.reaches(address, 8080)

    def test_the_gateway_answers_ping(self, lab: Lab) -> None:
        assert lab.a.pings(GATEWAY)
        assert not lab.a.pings(OUTER_GATEWAY)

    def test_its_other_networks_are_out_of_reach(self, lab: Lab) -> None:
        with lab.internal.listen(80):
            assert lab.host.reaches(INTERNAL, 80)
            assert not lab.a.reaches(INTERNAL, 80)


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
