"""What a new plan takes away from the one before."""

import pytest
from msgspec.structs import replace

from stacklab.host.network.conntrack import End
from stacklab.host.network.firewall import compose
from stacklab.host.network.plan import (
    ExternalNeed,
    FloatingNeed,
    NetworkNeed,
    NetworkPlan,
    PortNeed,
    RuleNeed,
    SubnetPlan,
)
from stacklab.host.network.revocation import revoked

A, B, FLOATING = "10.0.0.11", "10.0.0.12", "10.9.0.5"
SSH, WEB, PEERS = RuleNeed("ingress", "tcp", 22), RuleNeed("ingress", "tcp", 80), RuleNeed("ingress", remote_group="g")
OUT = RuleNeed("egress")


def port(address: str, *rules: RuleNeed, secured: bool = True) -> PortNeed:
    name = address[-2:]
    return PortNeed(name, f"sl-t{name}", "n", f"52:54:00:00:00:{name}", (address,), "vm", rules, secured)


PLAN = NetworkPlan(
    (NetworkNeed("n", "sl-b1", 1450, (SubnetPlan("10.0.0.0/24", "10.0.0.1"),)),),
    ExternalNeed("x", "sl-x1", "10.9.0.0/24", "10.9.0.1"),
    (port(A, SSH, PEERS, OUT), port(B, SSH)),
    (FloatingNeed(FLOATING, A),),
    {"g": (B,)},
)


def ports(*listed: PortNeed) -> NetworkPlan:
    return replace(PLAN, ports=listed)


@pytest.mark.parametrize(
    ("after", "ends"),
    [
        pytest.param(PLAN, set(), id="nothing"),
        pytest.param(ports(port(A, SSH, PEERS, OUT, WEB), PLAN.ports[1]), set(), id="a rule more"),
        pytest.param(ports(port(A, secured=False), PLAN.ports[1]), {(End.CALLER, A)}, id="no port security any more"),
        pytest.param(ports(port(A, WEB, PEERS, OUT), PLAN.ports[1]), {(End.ANSWERER, A)}, id="a rule exchanged"),
        pytest.param(ports(port(A, SSH, PEERS), PLAN.ports[1]), {(End.CALLER, A)}, id="no egress"),
        pytest.param(ports(PLAN.ports[0]), {(End.ANSWERER, B), (End.CALLER, B)}, id="a port less"),
        pytest.param(
            replace(PLAN, groups={"g": (A,)}), {(End.CALLER, B), (End.ANSWERER, B)}, id="another member of the group"
        ),
        pytest.param(replace(PLAN, floating=()), {(End.CALLED, FLOATING), (End.CALLER, A)}, id="no floating IP"),
        pytest.param(
            replace(PLAN, floating=(FloatingNeed(FLOATING, B),)),
            {(End.CALLED, FLOATING), (End.CALLER, A)},
            id="the floating IP moves",
        ),
        pytest.param(NetworkPlan(), set(), id="everything: no table is left to ask"),
    ],
)
def test_revoked(after: NetworkPlan, ends: set[tuple[End, str]]) -> None:
    assert revoked(compose(PLAN), compose(after)) == ends


def test_the_first_plan_revokes_nothing() -> None:
    assert revoked((), compose(PLAN)) == set()
