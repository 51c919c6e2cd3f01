"""The Linux driver seen by its guests: DHCP, names, security groups, metadata, and lies that go nowhere."""

import socket
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.support import frames
from tests.support.netlab import greeting
from tests.support.netplan import (
    EGRESS,
    GATEWAY,
    INTERNAL,
    MACS,
    OPEN_B,
    OUTER_GATEWAY,
    PLAN,
    TAPS,
    A,
    B,
    C,
    D,
    Lab,
    port,
)

pytestmark = pytest.mark.host


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
