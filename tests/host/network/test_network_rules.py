"""One security group rule → one nft rule."""

import pytest

from stacklab.host.network.plan import NetworkError, RuleNeed
from stacklab.host.network.protocols import protocol_number
from stacklab.host.network.rules import group_set, rule_text

IN, OUT = "ingress", "egress"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (RuleNeed(IN), "accept"),
        (RuleNeed(IN, "tcp", 22, 22), "ip protocol 6 tcp dport 22 accept"),
        (RuleNeed(IN, "tcp", 22), "ip protocol 6 tcp dport 22 accept"),
        (RuleNeed(IN, "6", 80, 90), "ip protocol 6 tcp dport 80-90 accept"),
        (RuleNeed(IN, "udp"), "ip protocol 17 accept"),
        (RuleNeed(IN, "sctp", 5, 6), "ip protocol 132 th dport 5-6 accept"),
        (RuleNeed(IN, "vrrp", 5, 6), "ip protocol 112 accept"),
        (RuleNeed(IN, "icmp"), "ip protocol 1 accept"),
        (RuleNeed(IN, "icmp", 8), "ip protocol 1 icmp type 8 accept"),
        (RuleNeed(IN, "1", 3, 4), "ip protocol 1 icmp type 3 icmp code 4 accept"),
        (RuleNeed(IN, remote_cidr="0.0.0.0/0"), "accept"),
        (RuleNeed(IN, remote_cidr="10.0.0.0/8"), "ip saddr 10.0.0.0/8 accept"),
        (RuleNeed(OUT, remote_cidr="10.0.0.0/8"), "ip daddr 10.0.0.0/8 accept"),
        (
            RuleNeed(OUT, "tcp", 1, 2, remote_group="g"),
            f"ip daddr @{group_set('g')} ip protocol 6 tcp dport 1-2 accept",
        ),
    ],
)
def test_rule_text(rule: RuleNeed, text: str) -> None:
    assert rule_text(rule, "accept") == text


def test_a_group_id_never_reaches_the_ruleset() -> None:
    assert group_set("x } drop") == "group_" + group_set("x } drop").removeprefix("group_")
    assert set(group_set("x } drop").removeprefix("group_")) <= set("0123456789abcdef")


@pytest.mark.parametrize(("name", "number"), [("tcp", 6), ("17", 17), ("0", 0), ("255", 255)])
def test_protocol_number(name: str, number: int) -> None:
    assert protocol_number(name) == number


@pytest.mark.parametrize("name", ["", "TCP ", "256", "-1", "²", "tcp udp"])
def test_what_is_no_protocol(name: str) -> None:
    with pytest.raises(NetworkError):
        protocol_number(name)
