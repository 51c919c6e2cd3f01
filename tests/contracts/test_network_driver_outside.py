"""The Linux driver seen from outside: floating IPs, the way out, and connections whose permission ends."""

import socket

import pytest
from msgspec.structs import replace

from stacklab.host.network.plan import FloatingNeed, NetworkPlan
from tests.support.netlab import DENIAL, PATIENCE, greeting
from tests.support.netplan import (
    A_FLOATING,
    D_FLOATING,
    EGRESS,
    FROM_B,
    OUTER_GATEWAY,
    OUTSIDE,
    PLAN,
    WEB,
    A,
    B,
    Lab,
    port,
)

pytestmark = pytest.mark.host


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
