"""What the service says of itself is what it does."""

from typing import Any

import pytest

V = "/network/v2.0"


def test_discovery(cloud: Any) -> None:
    root = cloud.api.get("/network/").json
    link = {"rel": "self", "href": "http://cloud.test/network/v2.0/"}
    assert root == {"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]}
    assert cloud.api.get("/network").json == root
    for path in ("/network/v2.0", "/network/v2.0/"):
        listed = cloud.api.get(path).json["resources"]
        assert {"networks", "security_group_rules"} <= {each["collection"] for each in listed}
        assert listed[0]["links"] == [{"rel": "self", "href": f"http://cloud.test/network/v2.0/{listed[0]['name']}s"}]


def test_extensions_do_not_claim_routers(cloud: Any, refused: Any) -> None:
    aliases = [each["alias"] for each in cloud.api.get(f"{V}/extensions", "member").json["extensions"]]
    assert not {"router", "rbac-policies", "allowed-address-pairs", "subnet_allocation", "trunk"} & set(aliases)
    for alias in aliases:
        shown = cloud.api.get(f"{V}/extensions/{alias}", "member").json["extension"]
        assert (shown["alias"], shown["links"]) == (alias, [])
        assert shown["name"]
        assert shown["description"]
    refused(cloud.api.get(f"{V}/extensions/router", "member"), 404, "HTTPNotFound")


@pytest.mark.parametrize(
    ("alias", "collection", "attribute"),
    [
        ("external-net", "networks", "router:external"),
        ("net-mtu", "networks", "mtu"),
        ("network_availability_zone", "networks", "availability_zones"),
        ("provider", "networks", "provider:network_type"),
        ("subnet-external-network", "subnets", "router:external"),
        ("port-security", "ports", "port_security_enabled"),
        ("binding", "ports", "binding:host_id"),
        ("fip-port-details", "floatingips", "port_details"),
        ("security-groups-normalized-cidr", "security-group-rules", "normalized_cidr"),
        ("security-groups-rules-belongs-to-default-sg", "security-group-rules", "belongs_to_default_sg"),
        ("standard-attr-description", "security-groups", "description"),
        ("standard-attr-revisions", "security-groups", "revision_number"),
        ("standard-attr-timestamp", "security-groups", "updated_at"),
        ("standard-attr-tag", "security-groups", "tags"),
        ("project-id", "ports", "project_id"),
    ],
)
def test_an_extension_that_is_claimed_is_there(cloud: Any, alias: str, collection: str, attribute: str) -> None:
    assert cloud.api.get(f"{V}/extensions/{alias}", "admin").status == 200
    cloud.make("ports", "admin")
    cloud.make("floatingips", "admin")
    assert attribute in cloud.list(collection, persona="admin")[0]


def test_agents(cloud: Any, refused: Any) -> None:
    listed = cloud.api.get(f"{V}/agents", "admin").json["agents"]
    assert {each["agent_type"] for each in listed} == {
        "Linux bridge agent",
        "DHCP agent",
        "L3 agent",
        "Metadata agent",
    }
    (dhcp,) = cloud.api.get(f"{V}/agents?agent_type=DHCP+agent&fields=id", "admin").json["agents"]
    shown = cloud.api.get(f"{V}/agents/{dhcp['id']}", "admin").json["agent"]
    assert (shown["alive"], shown["admin_state_up"], shown["availability_zone"]) == (True, True, "nova")
    refused(cloud.api.get(f"{V}/agents/none", "admin"), 404, "AgentNotFound")


def test_zones_and_providers(cloud: Any) -> None:
    zone = {"name": "nova", "resource": "network", "state": "available"}
    assert cloud.api.get(f"{V}/availability_zones", "member").json == {"availability_zones": [zone]}
    assert cloud.api.get(f"{V}/availability_zones?resource=router", "member").json == {"availability_zones": []}
    assert cloud.api.get(f"{V}/service-providers", "member").json == {"service_providers": []}


def test_addresses_used(cloud: Any, refused: Any) -> None:
    cloud.make("ports")
    cloud.make("ports", fixed_ips=[])
    url = f"{V}/network-ip-availabilities"
    listed = {each["network_name"]: each for each in cloud.api.get(url, "admin").json["network_ip_availabilities"]}
    assert (listed["lab"]["used_ips"], listed["public"]["used_ips"]) == (1, 0)
    assert listed["lab"]["total_ips"] == 65533
    shown = cloud.api.get(f"{url}/{cloud.id_of('lab')}", "admin").json["network_ip_availability"]
    assert shown == listed["lab"]
    refused(cloud.api.get(f"{url}/none", "admin"), 404, "NetworkNotFound")


def test_an_admin_renames_and_describes(cloud: Any, refused: Any) -> None:
    lab, subnet = cloud.id_of("lab"), cloud.list("subnets", "name=lab-subnet")[0]["id"]
    answer = cloud.api.put(f"{V}/networks/{lab}", "admin", {"network": {"name": "ours", "description": "all"}})
    assert (answer.json["network"]["name"], answer.json["network"]["revision_number"]) == ("ours", 2)
    assert cloud.api.put(f"{V}/subnets/{subnet}", "admin", {"subnet": {"name": "s"}}).json["subnet"]["name"] == "s"
    refused(cloud.api.put(f"{V}/networks/{lab}", "admin", {"network": {"mtu": 9000}}), 403, "PolicyNotAuthorized")
    refused(cloud.api.put(f"{V}/networks/{lab}", "admin", {"network": {"colour": 1}}), 400, "HTTPBadRequest")
    refused(
        cloud.api.put(f"{V}/subnets/{subnet}", "admin", {"subnet": {"gateway_ip": None}}), 403, "PolicyNotAuthorized"
    )
    kept = {"network": {"mtu": 1500, "shared": True, "admin_state_up": True}}
    assert cloud.api.put(f"{V}/networks/{lab}", "admin", kept).status == 200


def test_an_admin_changes_the_name_servers(cloud: Any, refused: Any) -> None:
    subnet = cloud.list("subnets", "name=lab-subnet")[0]["id"]
    url = f"{V}/subnets/{subnet}"
    answer = cloud.api.put(url, "admin", {"subnet": {"dns_nameservers": ["192.0.2.53", "192.0.2.54"]}})
    assert answer.json["subnet"]["dns_nameservers"] == ["192.0.2.53", "192.0.2.54"]
    cloud.service.apply_now()
    assert cloud.driver.plans[-1].networks[0].subnets[0].dns == ("192.0.2.53", "192.0.2.54")
    refused(cloud.api.put(url, "admin", {"subnet": {"dns_nameservers": ["x"]}}), 400, "HTTPBadRequest")
