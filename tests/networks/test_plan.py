"""The plan as rendered from rows: whole, minimal, in a constant number of queries, and valid for every driver."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from stacklab.core.db import database
from stacklab.host.network.plan import (
    ExternalNeed,
    FloatingNeed,
    NetworkNeed,
    NetworkPlan,
    PortNeed,
    RuleNeed,
    SubnetPlan,
    bridge_name,
    tap_name,
)
from stacklab.host.network.validate import validate
from stacklab.networks import plan
from tests.support.api import PROJECT

OUT = RuleNeed("egress")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements run meanwhile."""
    seen: list[str] = []
    connection = database.proxy.connection()
    connection.set_trace_callback(seen.append)
    try:
        yield seen
    finally:
        connection.set_trace_callback(None)


def bound(cloud: Any, device: str, ip: str, **more: Any) -> Any:
    lab = cloud.id_of("lab")
    return cloud.service.create_port(cloud.ctx(), network_id=lab, device_id=device, fixed_ip=ip, host="here", **more)


def test_an_empty_cloud_has_its_networks(cloud: Any) -> None:
    lab, public = cloud.id_of("lab"), cloud.id_of("public")
    assert plan.render() == NetworkPlan(
        networks=(NetworkNeed(lab, bridge_name(lab), 1500, (SubnetPlan("10.77.0.0/16", "10.77.0.1"),)),),
        external=ExternalNeed(public, bridge_name(public), "10.88.0.0/16", "10.88.0.1"),
    )


def test_two_servers_and_a_floating_ip(cloud: Any) -> None:
    web = cloud.make("security-groups", name="web")["id"]
    for more in (
        {"protocol": "6", "port_range_min": 80, "port_range_max": 81, "remote_ip_prefix": "0.0.0.0/0"},
        {"protocol": "icmp", "port_range_min": 8, "remote_ip_prefix": "192.0.2.7/24"},
        {"protocol": "tcp", "ethertype": "IPv6"},
    ):
        cloud.make("security-group-rules", security_group_id=web, direction="ingress", **more)
    one = bound(cloud, "one", "10.77.0.5", security_groups=["web"])
    two = bound(cloud, "two", "10.77.0.6")
    cloud.make("ports", name="no server has it")
    floating = cloud.make("floatingips", port_id=one.id)["floating_ip_address"]
    default = cloud.service.ensure_default_group(PROJECT)
    rendered = plan.render()
    assert {port.id: port for port in rendered.ports} == {
        one.id: PortNeed(
            id=one.id,
            tap=tap_name(one.id),
            network_id=cloud.id_of("lab"),
            mac=one.mac,
            addresses=("10.77.0.5",),
            hostname="host-10-77-0-5",
            rules=(OUT, RuleNeed("ingress", "icmp", 8, None, "192.0.2.0/24"), RuleNeed("ingress", "tcp", 80, 81)),
        ),
        two.id: PortNeed(
            id=two.id,
            tap=tap_name(two.id),
            network_id=cloud.id_of("lab"),
            mac=two.mac,
            addresses=("10.77.0.6",),
            hostname="host-10-77-0-6",
            rules=(OUT, RuleNeed("ingress", remote_group=default)),
        ),
    }
    assert rendered.floating == (FloatingNeed(floating, "10.77.0.5"),)
    assert rendered.groups == {web: ("10.77.0.5",), default: ("10.77.0.6",)}
    validate(rendered)


def test_a_remote_group_without_ports_is_an_empty_group(cloud: Any) -> None:
    friends, web = (cloud.make("security-groups", name=name)["id"] for name in ("friends", "web"))
    cloud.make("security-group-rules", security_group_id=web, direction="ingress", remote_group_id=friends)
    bound(cloud, "one", "10.77.0.5", security_groups=["web"])
    rendered = plan.render()
    assert rendered.groups == {web: ("10.77.0.5",), friends: ()}
    validate(rendered)


def test_a_port_that_is_switched_off_or_without_a_host_is_not_planned(cloud: Any) -> None:
    port = bound(cloud, "one", "10.77.0.5")
    cloud.api.put(f"/network/v2.0/ports/{port.id}", "member", {"port": {"admin_state_up": False}})
    cloud.service.create_port(cloud.ctx(), network_id=cloud.id_of("lab"), device_id="two")
    assert plan.render().ports == ()


@pytest.mark.parametrize("count", [1, 12])
def test_a_constant_number_of_queries(cloud: Any, count: int) -> None:
    for number in range(count):
        bound(cloud, f"server {number}", f"10.77.1.{number + 1}")
    with counted() as statements:
        assert len(plan.render().ports) == count
    assert len([each for each in statements if each.startswith("SELECT")]) == 7
