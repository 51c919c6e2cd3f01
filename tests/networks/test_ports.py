"""Ports: their addresses, groups and owners; what Neutron refuses and how it says so."""

from typing import Any

import pytest

from stacklab.core.db.database import row
from stacklab.core.settings import Quota, Settings
from tests.support.api import OTHER, PROJECT
from tests.support.news import deliver

V = "/network/v2.0"


def post(cloud: Any, persona: str = "member", **attributes: Any) -> Any:
    return cloud.api.post(f"{V}/ports", persona, {"port": {"network_id": cloud.id_of("lab"), **attributes}})


def put(cloud: Any, port: dict[str, Any], persona: str = "member", **attributes: Any) -> Any:
    return cloud.api.put(f"{V}/ports/{port['id']}", persona, {"port": attributes})


def test_a_port_gets_an_address_a_mac_and_the_default_group(cloud: Any) -> None:
    port = cloud.make("ports", name="eth0", description="first")
    assert port["mac_address"].startswith("fa:16:3e:")
    assert port["fixed_ips"][0]["ip_address"].startswith("10.77.")
    assert port["security_groups"] == [cloud.service.ensure_default_group(PROJECT)]
    assert (port["status"], port["admin_state_up"], port["revision_number"]) == ("DOWN", True, 1)
    assert (port["project_id"], port["tenant_id"], port["device_id"]) == (PROJECT, PROJECT, "")
    assert "binding:host_id" not in port
    assert port["created_at"] == port["updated_at"]


def test_several_at_once_all_or_none(cloud: Any, refused: Any) -> None:
    lab = cloud.id_of("lab")
    answer = cloud.api.post(f"{V}/ports", "member", {"ports": [{"network_id": lab, "name": n} for n in "ab"]})
    assert answer.status == 201
    assert [each["name"] for each in answer.json["ports"]] == ["a", "b"]
    twice = [{"network_id": lab, "fixed_ips": [{"ip_address": "10.77.0.9"}]}] * 2
    refused(cloud.api.post(f"{V}/ports", "member", {"ports": twice}), 409, "IpAddressAlreadyAllocated")
    assert len(cloud.list("ports")) == 2


@pytest.mark.parametrize(
    ("attributes", "status", "kind", "words"),
    [
        ({"fixed_ips": [{"ip_address": "10.99.0.5"}]}, 400, "InvalidIpForNetwork", "10.99.0.5 is not a valid IP for"),
        ({"fixed_ips": [{"ip_address": "10.77.255.255"}]}, 400, "InvalidIpForNetwork", "not a valid IP"),
        ({"fixed_ips": [{"ip_address": "10.77.0.1"}]}, 409, "IpAddressAlreadyAllocated", "10.77.0.1 already allocated"),
        ({"fixed_ips": [{"ip_address": "nonsense"}]}, 400, "HTTPBadRequest", "Invalid input for fixed_ips"),
        ({"fixed_ips": [{"ip_address": "fd00::5"}]}, 400, "HTTPBadRequest", "'fd00::5' is not a valid IP address"),
        ({"fixed_ips": [{}]}, 400, "InvalidInput", "IP allocation requires subnet_id or ip_address."),
        ({"fixed_ips": [{"subnet_id": "none"}]}, 404, "SubnetNotFound", "Subnet none could not be found."),
        ({"security_groups": ["none"]}, 404, "SecurityGroupNotFound", "Security group none does not exist"),
        ({"network_id": "none"}, 404, "NetworkNotFound", "Network none could not be found."),
        ({"colour": "red"}, 400, "HTTPBadRequest", "Unrecognized attribute(s) 'colour'"),
        ({"name": "n" * 256}, 400, "HTTPBadRequest", "Invalid input for name."),
        ({"name": 7}, 400, "HTTPBadRequest", "Invalid input for name."),
        ({"admin_state_up": "perhaps"}, 400, "HTTPBadRequest", "cannot be converted to boolean"),
        ({"mac_address": "fa:16:3e:00:00:01"}, 403, "PolicyNotAuthorized", "mac_address"),
        ({"binding:host_id": "h"}, 403, "PolicyNotAuthorized", "binding"),
        ({"port_security_enabled": False}, 403, "PolicyNotAuthorized", "port_security_enabled"),
        ({"device_owner": "network:dhcp"}, 403, "PolicyNotAuthorized", "device_owner"),
        ({"binding:vnic_type": "direct"}, 400, "HTTPBadRequest", "binding:vnic_type"),
        ({"project_id": OTHER}, 403, "PolicyNotAuthorized", "other than the authenticated project"),
        ({"project_id": PROJECT, "tenant_id": OTHER}, 400, "HTTPBadRequest", "do not match"),
    ],
)
def test_refusals_change_nothing(
    cloud: Any, refused: Any, attributes: dict[str, Any], status: int, kind: str, words: str
) -> None:
    assert words in refused(post(cloud, **attributes), status, kind)
    assert cloud.list("ports", persona="admin") == []
    assert row("SELECT count(*) FROM addresses") == (0,)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"port": 7}', b'{"colour": {}}', b"{}", b'{"ports": []}'])
def test_malformed_bodies(cloud: Any, body: bytes) -> None:
    answer = cloud.api.post(f"{V}/ports", "member", body)
    assert answer.status == 400
    assert answer.json["NeutronError"]["message"]


def test_the_external_network_takes_no_ports(cloud: Any, refused: Any) -> None:
    words = refused(post(cloud, network_id=cloud.id_of("public")), 403, "PolicyNotAuthorized")
    assert "associate a floating IP" in words


def test_an_admin_may_say_more(cloud: Any) -> None:
    port = cloud.make(
        "ports", "admin", project_id=PROJECT, mac_address="FA-16-3E-00-00-01", port_security_enabled="false",
        **{"binding:host_id": "h1", "binding:profile": {}},
    )  # fmt: skip
    assert (port["mac_address"], port["port_security_enabled"], port["security_groups"]) == (
        "fa:16:3e:00:00:01",
        False,
        [],
    )
    assert (port["binding:host_id"], port["binding:vif_type"], port["project_id"]) == ("h1", "bridge", PROJECT)
    assert "binding:host_id" not in cloud.list("ports")[0]


@pytest.mark.parametrize("mac", ["", "fa:16:3e:00:00", "01:00:5e:00:00:01", "00:00:00:00:00:00", "zz:16:3e:00:00:01"])
def test_bad_macs(cloud: Any, refused: Any, mac: str) -> None:
    assert "is not a valid MAC address" in refused(post(cloud, "admin", mac_address=mac), 400, "HTTPBadRequest")


def test_a_mac_is_used_once(cloud: Any, refused: Any) -> None:
    first = cloud.make("ports", "admin", mac_address="fa:16:3e:00:00:01")
    refused(post(cloud, "admin", mac_address="fa:16:3e:00:00:01"), 409, "MacAddressInUse")
    second = cloud.make("ports", "admin")
    refused(put(cloud, second, "admin", mac_address="fa:16:3e:00:00:01"), 409, "MacAddressInUse")
    assert put(cloud, first, "admin", mac_address="fa:16:3e:00:00:01").status == 200


def test_groups_need_port_security(cloud: Any, refused: Any) -> None:
    group = cloud.make("security-groups", "admin", name="g")["id"]
    kind = "PortSecurityAndIPRequiredForSecurityGroups"
    refused(post(cloud, "admin", port_security_enabled=False, security_groups=[group]), 400, kind)
    port = cloud.make("ports", "admin", port_security_enabled=False)
    refused(put(cloud, port, "admin", security_groups=[group]), 400, kind)
    answer = put(cloud, port, "admin", security_groups=[group], port_security_enabled=True)
    assert answer.json["port"]["security_groups"] == [group]


def test_switching_port_security_off_needs_the_groups_gone(cloud: Any, refused: Any) -> None:
    port = cloud.make("ports", "admin")
    refused(put(cloud, port, "admin", port_security_enabled=False), 409, "PortSecurityPortHasSecurityGroup")
    assert put(cloud, port, "admin", port_security_enabled=False, security_groups=[]).status == 200


def test_updates(cloud: Any) -> None:
    port = cloud.make("ports", name="a")
    changed = put(cloud, port, name="b", description=None, admin_state_up=False, security_groups=[]).json["port"]
    assert (changed["name"], changed["description"], changed["admin_state_up"]) == ("b", "", False)
    assert (changed["security_groups"], changed["revision_number"]) == ([], 2)
    assert changed["fixed_ips"] == port["fixed_ips"]


def test_addresses_can_be_changed_and_what_is_left_is_free_again(cloud: Any) -> None:
    port = cloud.make("ports", fixed_ips=[{"ip_address": "10.77.0.5"}])
    two = [{"ip_address": "10.77.0.5"}, {"ip_address": "10.77.0.6"}]
    changed = put(cloud, port, fixed_ips=two).json["port"]
    assert [each["ip_address"] for each in changed["fixed_ips"]] == ["10.77.0.5", "10.77.0.6"]
    changed = put(cloud, port, fixed_ips=[{"ip_address": "10.77.0.6"}]).json["port"]
    assert [each["ip_address"] for each in changed["fixed_ips"]] == ["10.77.0.6"]
    assert cloud.make("ports", fixed_ips=[{"ip_address": "10.77.0.5"}])
    assert put(cloud, port, fixed_ips=[]).json["port"]["fixed_ips"] == []
    assert cloud.make("ports", fixed_ips=[])["fixed_ips"] == []


def test_a_subnet_alone_means_any_address_of_it(cloud: Any) -> None:
    subnet = cloud.list("subnets", "name=lab-subnet")[0]["id"]
    port = cloud.make("ports", fixed_ips=[{"subnet_id": subnet}])
    assert port["fixed_ips"][0]["subnet_id"] == subnet
    assert put(cloud, port, fixed_ips=[{"subnet_id": subnet}]).json["port"]["fixed_ips"] == port["fixed_ips"]


def test_six_addresses_are_too_many(cloud: Any, refused: Any) -> None:
    many = [{"ip_address": f"10.77.0.{n}"} for n in range(10, 16)]
    refused(post(cloud, fixed_ips=many), 400, "InvalidInput")
    port = cloud.make("ports")
    refused(put(cloud, port, fixed_ips=many), 400, "InvalidInput")
    assert cloud.list("ports")[0]["fixed_ips"] == port["fixed_ips"]


def test_deleting_gives_the_address_back_and_says_whose_device_lost_it(cloud: Any) -> None:
    port = cloud.make("ports", fixed_ips=[{"ip_address": "10.77.0.5"}], device_id="server", device_owner="compute:nova")
    assert cloud.api.delete(f"{V}/ports/{port['id']}", "member").status == 204
    assert not cloud.events, "told by a job that is committed with the change"
    deliver(cloud.service.bus, cloud.service.jobs())
    event = cloud.events[-1]
    assert (event.kind, event.subject, event.facts["device_id"]) == ("port.deleted", port["id"], "server")
    assert cloud.make("ports", fixed_ips=[{"ip_address": "10.77.0.5"}])


@pytest.mark.parametrize("settings", [Settings(quota=Quota(ports=2))])
def test_quota(cloud: Any, refused: Any, settings: Settings) -> None:
    cloud.make("ports")
    lab = cloud.id_of("lab")
    two = {"ports": [{"network_id": lab}] * 2}
    words = refused(cloud.api.post(f"{V}/ports", "member", two), 409, "OverQuota")
    assert words == "Quota exceeded for resources: ['port']."
    cloud.make("ports")
    refused(post(cloud), 409, "OverQuota")
    assert len(cloud.list("ports")) == 2
    assert cloud.make("ports", "other")
