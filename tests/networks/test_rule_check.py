"""What makes a security group rule valid, case by case and at random."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacklab.core.errors import BadRequest
from stacklab.host.network.plan import NetworkNeed, NetworkPlan, PortNeed, SubnetPlan
from stacklab.host.network.validate import validate
from stacklab.networks.model import Rule
from stacklab.networks.plan import rule_need
from stacklab.networks.rule_check import checked
from stacklab.networks.schemas.groups import NewRule
from stacklab.networks.signature import known_protocols, protocol_number, signature


def rule(**attributes: Any) -> Rule:
    return checked(NewRule(security_group_id="g", direction=attributes.pop("direction", "ingress"), **attributes))


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({}, ("IPv4", None, None, None, None)),
        ({"ethertype": "ipv6"}, ("IPv6", None, None, None, None)),
        ({"protocol": "any"}, ("IPv4", None, None, None, None)),
        ({"protocol": "TCP"}, ("IPv4", "tcp", None, None, None)),
        ({"protocol": 17}, ("IPv4", "17", None, None, None)),
        ({"protocol": "0"}, ("IPv4", "0", None, None, None)),
        ({"protocol": "tcp", "port_range_min": "22", "port_range_max": 23}, ("IPv4", "tcp", 22, 23, None)),
        ({"protocol": 6, "port_range_min": 65535, "port_range_max": 65535}, ("IPv4", "6", 65535, 65535, None)),
        ({"protocol": "icmp", "port_range_min": 8, "port_range_max": 0}, ("IPv4", "icmp", 8, 0, None)),
        ({"protocol": "icmp", "port_range_min": 0}, ("IPv4", "icmp", 0, None, None)),
        ({"protocol": "icmp", "ethertype": "IPv6"}, ("IPv6", "ipv6-icmp", None, None, None)),
        ({"protocol": "icmpv6", "ethertype": "IPv6"}, ("IPv6", "ipv6-icmp", None, None, None)),
        ({"remote_ip_prefix": "10.1.2.3"}, ("IPv4", None, None, None, "10.1.2.3/32")),
        ({"remote_ip_prefix": "10.1.2.3/8"}, ("IPv4", None, None, None, "10.1.2.3/8")),
        ({"remote_ip_prefix": "fd00::/8", "ethertype": "IPv6"}, ("IPv6", None, None, None, "fd00::/8")),
    ],
)
def test_valid(given: dict[str, Any], made: tuple[Any, ...]) -> None:
    found = rule(**given)
    assert (
        found.ethertype,
        found.protocol,
        found.port_range_min,
        found.port_range_max,
        found.remote_ip_prefix,
    ) == made


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"direction": "sideways"}, "HTTPBadRequest"),
        ({"ethertype": "IPv5"}, "SecurityGroupRuleInvalidEtherType"),
        ({"ethertype": None}, "SecurityGroupRuleInvalidEtherType"),
        ({"protocol": "telepathy"}, "SecurityGroupRuleInvalidProtocol"),
        ({"protocol": 256}, "SecurityGroupRuleInvalidProtocol"),
        ({"protocol": -1}, "SecurityGroupRuleInvalidProtocol"),
        ({"protocol": "icmpv6"}, "SecurityGroupEthertypeConflictWithProtocol"),
        ({"port_range_min": 22, "port_range_max": 22}, "SecurityGroupProtocolRequiredWithPorts"),
        ({"protocol": "tcp", "port_range_min": 22}, "SecurityGroupInvalidPortRange"),
        ({"protocol": "tcp", "port_range_max": 22}, "SecurityGroupInvalidPortRange"),
        ({"protocol": "udp", "port_range_min": 2, "port_range_max": 1}, "SecurityGroupInvalidPortRange"),
        ({"protocol": "tcp", "port_range_min": 0, "port_range_max": 1}, "SecurityGroupInvalidPortValue"),
        ({"protocol": "tcp", "port_range_min": 1, "port_range_max": 65536}, "SecurityGroupInvalidPortValue"),
        ({"protocol": "tcp", "port_range_min": "ssh", "port_range_max": 22}, "SecurityGroupInvalidPortValue"),
        ({"protocol": "tcp", "port_range_min": -1, "port_range_max": 22}, "SecurityGroupInvalidPortValue"),
        ({"protocol": "icmp", "port_range_min": 256}, "SecurityGroupInvalidIcmpValue"),
        ({"protocol": "icmp", "port_range_min": 8, "port_range_max": 300}, "SecurityGroupInvalidIcmpValue"),
        ({"protocol": "icmp", "port_range_max": 0}, "SecurityGroupMissingIcmpType"),
        ({"protocol": "gre", "port_range_min": 1, "port_range_max": 2}, "SecurityGroupInvalidProtocolForPort"),
        ({"remote_ip_prefix": "10.0.0.0/33"}, "InvalidCIDR"),
        ({"remote_ip_prefix": "here"}, "InvalidCIDR"),
        ({"remote_ip_prefix": "fe80::1%eth0/64", "ethertype": "IPv6"}, "InvalidCIDR"),
        ({"remote_ip_prefix": "fd00::/8"}, "SecurityGroupRuleParameterConflict"),
        ({"remote_ip_prefix": "10.0.0.0/8", "ethertype": "IPv6"}, "SecurityGroupRuleParameterConflict"),
        ({"remote_ip_prefix": "10.0.0.0/8", "remote_group_id": "g"}, "SecurityGroupMultipleRemoteEntites"),
    ],
)
def test_invalid(given: dict[str, Any], kind: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        rule(**given)
    assert refusal.value.kind == kind


PREFIXES = st.one_of(st.none(), st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str), st.text(max_size=8))
PORTS = st.one_of(st.none(), st.integers(-2, 70000), st.integers(0, 300).map(str), st.text(max_size=4))
RULES = st.builds(
    NewRule,
    security_group_id=st.just("g"),
    direction=st.sampled_from(["ingress", "egress", "up"]),
    ethertype=st.sampled_from(["IPv4", "IPv6", "ipv4", "IPX", None]),
    protocol=st.one_of(st.none(), st.sampled_from(known_protocols()), st.integers(-2, 300), st.text(max_size=5)),
    port_range_min=PORTS,
    port_range_max=PORTS,
    remote_ip_prefix=PREFIXES,
    remote_group_id=st.sampled_from([None, "g"]),
)
LAB = NetworkNeed("n", "sl-b1", 1500, (SubnetPlan("10.77.0.0/16", "10.77.0.1"),))


@given(RULES)
def test_anything_is_refused_in_words_or_means_something_to_the_host(wanted: NewRule) -> None:
    try:
        made = checked(wanted)
    except BadRequest:
        return
    again = NewRule(
        security_group_id="g",
        direction=made.direction,
        ethertype=made.ethertype,
        protocol=made.protocol,
        port_range_min=made.port_range_min,
        port_range_max=made.port_range_max,
        remote_ip_prefix=made.remote_ip_prefix,
        remote_group_id=made.remote_group_id,
    )
    assert signature(checked(again)) == signature(made), "what is shown can be sent again and is the same rule"
    if made.protocol is not None:
        assert 0 <= protocol_number(made.protocol) <= 255
    if made.remote_ip_prefix is not None:
        assert f"IPv{ip_network(made.remote_ip_prefix, strict=False).version}" == made.ethertype
    if made.ethertype == "IPv4":
        need = rule_need(
            made.direction,
            made.protocol,
            made.port_range_min,
            made.port_range_max,
            made.remote_ip_prefix,
            made.remote_group_id,
        )
        port = PortNeed("p", "sl-t1", "n", "fa:16:3e:00:00:01", ("10.77.0.2",), "h", (need,))
        validate(NetworkPlan(networks=(LAB,), ports=(port,), groups={"g": ()}))
