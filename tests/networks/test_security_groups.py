"""Security groups: the default one, those people make, and their rules over the API."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stacklab.core.db.database import proxy, rows
from stacklab.core.settings import Quota, Settings
from stacklab.networks import applying, groups
from tests.support.api import PROJECT

V = "/network/v2.0"


def rule(cloud: Any, group: str, persona: str = "member", **attributes: Any) -> Any:
    body = {"security_group_id": group, "direction": "ingress", **attributes}
    return cloud.api.post(f"{V}/security-group-rules", persona, {"security_group_rule": body})


def test_the_default_group_is_made_on_first_use(cloud: Any) -> None:
    (group,) = cloud.list("security-groups")
    assert group["name"] == "default"
    held = {(r["direction"], r["ethertype"], r["remote_group_id"]) for r in group["security_group_rules"]}
    assert held == {
        ("egress", "IPv4", None),
        ("egress", "IPv6", None),
        ("ingress", "IPv4", group["id"]),
        ("ingress", "IPv6", group["id"]),
    }
    assert all(r["belongs_to_default_sg"] for r in group["security_group_rules"])
    assert [each["id"] for each in cloud.list("security-groups")] == [group["id"]]


def test_threads_that_need_it_at_once_make_one(cloud: Any) -> None:
    def ensure(_number: int) -> str:
        try:
            return str(cloud.service.ensure_default_group(PROJECT))
        finally:
            proxy.close()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(ensure, range(12)))) == 1
    assert len(rows("SELECT id FROM security_groups")) == 1


def test_a_new_group_lets_everything_out_and_nothing_in(cloud: Any) -> None:
    group = cloud.make("security-groups", name="web", description="servers")
    assert (group["name"], group["description"], group["stateful"]) == ("web", "servers", True)
    assert {(r["direction"], r["ethertype"]) for r in group["security_group_rules"]} == {
        ("egress", "IPv4"),
        ("egress", "IPv6"),
    }
    assert len(cloud.list("security-groups")) == 2


def test_the_default_group_stays_what_it_is(cloud: Any, refused: Any) -> None:
    default = cloud.list("security-groups")[0]["id"]
    url = f"{V}/security-groups/{default}"
    refused(cloud.api.put(url, "member", {"security_group": {"name": "x"}}), 409, "SecurityGroupCannotUpdateDefault")
    refused(cloud.api.delete(url, "member"), 409, "SecurityGroupCannotRemoveDefault")
    new = {"security_group": {"name": "default"}}
    refused(cloud.api.post(f"{V}/security-groups", "member", new), 409, "SecurityGroupDefaultAlreadyExists")
    assert cloud.api.put(url, "member", {"security_group": {"description": "mine"}}).status == 200


def test_a_group_in_use_stays(cloud: Any, refused: Any) -> None:
    group = cloud.make("security-groups", name="g")["id"]
    port = cloud.make("ports", security_groups=[group])
    words = refused(cloud.api.delete(f"{V}/security-groups/{group}", "member"), 409, "SecurityGroupInUse")
    assert words == f"Security Group {group} in use."
    cloud.api.delete(f"{V}/ports/{port['id']}", "member")
    assert cloud.api.delete(f"{V}/security-groups/{group}", "member").status == 204


def test_a_deleted_group_takes_the_rules_that_name_it_along(cloud: Any) -> None:
    friends, web = cloud.make("security-groups", name="f")["id"], cloud.make("security-groups", name="w")["id"]
    made = rule(cloud, web, remote_group_id=friends).json["security_group_rule"]["id"]
    assert cloud.api.delete(f"{V}/security-groups/{friends}", "member").status == 204
    assert cloud.api.get(f"{V}/security-group-rules/{made}", "member").status == 404


def test_a_stateless_group_is_not_offered(cloud: Any, refused: Any) -> None:
    new = {"security_group": {"name": "x", "stateful": False}}
    refused(cloud.api.post(f"{V}/security-groups", "member", new), 400, "HTTPBadRequest")
    assert cloud.make("security-groups", name="x", stateful=True)["stateful"] is True


def test_another_projects_group_is_not_there(cloud: Any, refused: Any) -> None:
    theirs = cloud.make("security-groups", "other", name="t")["id"]
    mine = cloud.make("security-groups", name="m")["id"]
    refused(rule(cloud, theirs), 404, "SecurityGroupNotFound")
    refused(rule(cloud, mine, remote_group_id=theirs), 404, "SecurityGroupNotFound")
    body = {"port": {"network_id": cloud.id_of("lab"), "security_groups": [theirs]}}
    refused(cloud.api.post(f"{V}/ports", "member", body), 404, "SecurityGroupNotFound")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({"protocol": "tcp", "port_range_min": 22, "port_range_max": 22},
         {"protocol": "6", "port_range_min": "22", "port_range_max": 22}),
        ({"remote_ip_prefix": "0.0.0.0/0"}, {}),
        ({"remote_ip_prefix": "10.0.0.7/24"}, {"remote_ip_prefix": "10.0.0.0/24"}),
        ({"protocol": "icmp", "ethertype": "IPv6"}, {"protocol": "58", "ethertype": "ipv6"}),
    ],
)  # fmt: skip
def test_the_same_rule_twice(cloud: Any, refused: Any, first: dict[str, Any], second: dict[str, Any]) -> None:
    group = cloud.make("security-groups", name="g")["id"]
    made = rule(cloud, group, **first)
    assert made.status == 201
    words = refused(rule(cloud, group, **second), 409, "SecurityGroupRuleExists")
    assert words.endswith(f"Rule id is {made.json['security_group_rule']['id']}.")


def test_several_rules_at_once_all_or_none(cloud: Any, refused: Any) -> None:
    group = cloud.make("security-groups", name="g")["id"]
    other = cloud.make("security-groups", name="h")["id"]

    def post(*bodies: dict[str, Any]) -> Any:
        filled = [{"security_group_id": group, "direction": "ingress", **each} for each in bodies]
        return cloud.api.post(f"{V}/security-group-rules", "member", {"security_group_rules": filled})

    refused(post({"protocol": "tcp"}, {"protocol": "tcp"}), 409, "SecurityGroupRuleExists")
    refused(post({"protocol": "tcp"}, {"security_group_id": other}), 400, "SecurityGroupNotSingleGroupRules")
    assert len(cloud.list("security-group-rules", f"security_group_id={group}")) == 2
    assert len(post({"protocol": "tcp"}, {"protocol": "udp"}).json["security_group_rules"]) == 2


@pytest.mark.parametrize("settings", [Settings(quota=Quota(security_groups=2, security_group_rules=7))])
def test_quotas(cloud: Any, refused: Any, settings: Settings) -> None:
    group = cloud.make("security-groups", name="g")["id"]
    new = {"security_group": {"name": "h"}}
    refused(cloud.api.post(f"{V}/security-groups", "member", new), 409, "OverQuota")
    assert rule(cloud, group, protocol="tcp").status == 201
    words = refused(rule(cloud, group, protocol="udp"), 409, "OverQuota")
    assert words == "Quota exceeded for resources: ['security_group_rule']."


@pytest.mark.parametrize("count", [0, 2, 4])
def test_rules_are_applied_to_the_ports_of_their_group(cloud: Any, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (applying, groups):
        monkeypatch.setattr(module, "MANY", 3)
    group = cloud.make("security-groups", name="g")["id"]
    ports = sorted(cloud.make("ports", security_groups=[group])["id"] for _ in range(count))
    rule(cloud, group, protocol="tcp")
    expected = {0: [], 2: [("networks.apply_ports", *ports[:1])], 4: [("networks.apply", "networks")]}
    assert rows("SELECT kind, subject FROM jobs") == expected[count]
    assert cloud.events[-1].kind == "security_group.changed"
