"""The template: what of a plan ends up in which set."""

from msgspec.structs import replace

from stacklab.host.network.firewall import METADATA_PORT, TABLES, compose
from stacklab.host.network.plan import (
    ExternalNeed,
    FloatingNeed,
    NetworkNeed,
    NetworkPlan,
    PortNeed,
    RuleNeed,
    SubnetPlan,
)
from stacklab.host.network.rules import group_set
from stacklab.host.network.ruleset import Table

SSH, ALL_OUT = RuleNeed("ingress", "tcp", 22, 22), RuleNeed("egress")
ONE = PortNeed("1", "sl-t1", "n", "52:54:00:00:00:01", ("10.0.0.11", "10.0.0.12"), "one", (SSH, ALL_OUT))
TWO = PortNeed("2", "sl-t2", "n", "52:54:00:00:00:02", ("10.0.0.13",), "two", (ALL_OUT, SSH, SSH))
PLAN = NetworkPlan(
    (NetworkNeed("n", "sl-b1", 1450, (SubnetPlan("10.0.0.0/24", "10.0.0.1"),)),),
    ExternalNeed("x", "sl-x1", "10.9.0.0/24", "10.9.0.1"),
    (ONE, TWO),
    (FloatingNeed("10.9.0.5", "10.0.0.11"),),
)


def composed(plan: NetworkPlan, *internal: str) -> tuple[Table, Table, Table]:
    guard, filters, nat = compose(plan, internal)
    return guard, filters, nat


def test_an_empty_plan_is_no_table() -> None:
    assert compose(NetworkPlan()) == ()


def test_the_tables_are_ours() -> None:
    assert tuple(each.key for each in compose(PLAN)) == TABLES


def test_a_tap_may_be_its_mac_and_addresses() -> None:
    guard, _, _ = composed(PLAN)
    assert list(guard.sets["secured"].elements) == ["sl-t1", "sl-t2"]
    assert list(guard.sets["hardware"].elements) == ["sl-t1 . 52:54:00:00:00:01", "sl-t2 . 52:54:00:00:00:02"]
    assert list(guard.sets["senders"].elements) == [
        "sl-t1 . 52:54:00:00:00:01 . 10.0.0.11",
        "sl-t1 . 52:54:00:00:00:01 . 10.0.0.12",
        "sl-t2 . 52:54:00:00:00:02 . 10.0.0.13",
    ]


def test_ports_with_equal_rules_share_chains() -> None:
    _, filters, _ = composed(PLAN)
    assert len(set(filters.sets["ingress"].elements.values())) == 1
    name = filters.sets["ingress"].elements["10.0.0.13"].removeprefix("jump ")
    assert filters.chains[name].rules == ("ip protocol 6 tcp dport 22 accept", "drop")


def test_without_rules_all_is_dropped() -> None:
    _, filters, _ = composed(replace(PLAN, ports=(replace(TWO, rules=()),), floating=()))
    for direction in ("ingress", "egress"):
        name = filters.sets[direction].elements["10.0.0.13"].removeprefix("jump ")
        assert filters.chains[name].rules == ("drop",)


def test_without_port_security_nothing_is_asked() -> None:
    """Not in `egress`: a verdict there would end the packet's way before its receiver's rules are asked."""
    guard, filters, _ = composed(replace(PLAN, ports=(ONE, replace(TWO, port_security=False))))
    assert list(guard.sets["unsecured"].elements) == ["sl-t2"]
    assert filters.sets["ingress"].elements["10.0.0.13"] == "accept"
    assert "10.0.0.13" not in filters.sets["egress"].elements


def test_a_group_has_a_set_when_a_rule_names_it() -> None:
    from_web = RuleNeed("ingress", remote_group="web")
    groups: dict[str, tuple[str, ...]] = {"web": ("10.0.0.13",), "unused": ("10.0.0.11",)}
    _, filters, _ = composed(replace(PLAN, ports=(replace(ONE, rules=(from_web,)), TWO), groups=groups))
    assert list(filters.sets[group_set("web")].elements) == ["10.0.0.13"]
    assert group_set("unused") not in filters.sets


def test_what_guests_reach_on_the_host() -> None:
    _, filters, _ = composed(PLAN, "192.168.0.0/16")
    services = {"udp . 53", "tcp . 53", f"tcp . {METADATA_PORT}"}
    assert set(filters.sets["services"].elements) == {f"sl-b1 . 10.0.0.1 . {service}" for service in services}
    assert list(filters.sets["internal"].elements) == ["192.168.0.0/16"]


def test_nat_goes_both_ways() -> None:
    _, _, nat = composed(PLAN)
    assert nat.sets["floating_in"].elements == {"10.9.0.5": "10.0.0.11"}
    assert nat.sets["floating_out"].elements == {"10.0.0.11": "10.9.0.5"}
    assert nat.sets["own_address"].elements == {"sl-b1": "10.0.0.1", "sl-x1": "10.9.0.1"}
    assert nat.sets["metadata"].elements == {"sl-b1": f"10.0.0.1 . {METADATA_PORT}"}
