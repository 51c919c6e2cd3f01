"""Regions, services, endpoints and what tokens show of them; and policy documents."""

import pytest

from stacklab.identity.catalogue import address
from tests.support.identity_cloud import Cloud


@pytest.mark.parametrize(
    ("template", "project", "url"),
    [
        ("$(base)s/compute/v2.1", "p", "http://h/compute/v2.1"),
        ("%(base)s/x", None, "http://h/x"),
        ("http://s/%(project_id)s", "p", "http://s/p"),
        ("http://s/AUTH_$(tenant_id)s", "p", "http://s/AUTH_p"),
        ("http://s/$(project_id)s", None, None),
        ("http://s/$(user_id)s", None, "http://s/u"),
        ("http://s/$(public_endpoint)s", None, "http://s/http://h"),
        ("http://s/50%25", "p", None),
        ("http://s/$(region)s", "p", None),
    ],
)
def test_addresses(template: str, project: str | None, url: str | None) -> None:
    assert address(template, "http://h", project, "u") == url


def test_a_new_service_is_in_the_next_catalogue(cloud: Cloud) -> None:
    region = cloud.call("PUT", "/v3/regions/north", "admin", {"region": {"description": "far"}})
    assert (region.status, region.json["region"]["description"]) == (201, "far")
    service = cloud.call("POST", "/v3/services", "admin", {"service": {"type": "messaging", "name": "zaqar"}})
    service_id = service.json["service"]["id"]
    asked = {"interface": "public", "url": "http://s/%(project_id)s", "service_id": service_id, "region_id": "north"}
    endpoint = cloud.call("POST", "/v3/endpoints", "admin", {"endpoint": asked}).json["endpoint"]
    assert (endpoint["url"], endpoint["region"], endpoint["enabled"]) == (asked["url"], "north", True)

    def shown(persona: str) -> list[str]:
        token = cloud.call("GET", "/v3/auth/tokens", persona, x_subject_token=cloud.tokens[persona]).json["token"]
        catalog = token["catalog"]
        return [e["url"] for s in catalog if s["type"] == "messaging" for e in s["endpoints"]]

    assert shown("member") == [f"http://s/{cloud.ids['project']}"]
    assert shown("stranger") == [f"http://s/{cloud.ids['elsewhere']}"]
    assert shown("system") == []
    path = f"/v3/endpoints/{endpoint['id']}"
    assert cloud.call("PATCH", path, "admin", {"endpoint": {"url": "http://new/"}}).status == 200
    assert shown("member") == ["http://new/"]
    assert cloud.call("PATCH", path, "admin", {"endpoint": {"enabled": False}}).status == 200
    assert shown("member") == []
    assert cloud.call("DELETE", "/v3/regions/north", "admin").status == 403
    assert cloud.call("DELETE", f"/v3/services/{service_id}", "admin").status == 204
    assert cloud.call("GET", path, "admin").status == 404
    assert cloud.call("DELETE", "/v3/regions/north", "admin").status == 204


def test_regions(cloud: Cloud) -> None:
    assert cloud.call("POST", "/v3/regions", "admin", {"region": {"id": "a"}}).status == 201
    assert cloud.call("POST", "/v3/regions", "admin", {"region": {"id": "a"}}).status == 409
    child = {"region": {"id": "b", "parent_region_id": "a"}}
    assert cloud.call("POST", "/v3/regions", "admin", child).json["region"]["parent_region_id"] == "a"
    assert cloud.call("POST", "/v3/regions", "admin", {"region": {"parent_region_id": "x"}}).status == 404
    assert len(cloud.call("POST", "/v3/regions", "admin", {"region": {}}).json["region"]["id"]) == 32
    listed = cloud.call("GET", "/v3/regions?parent_region_id=a", "member").json["regions"]
    assert [region["id"] for region in listed] == ["b"]
    changed = cloud.call("PATCH", "/v3/regions/b", "admin", {"region": {"description": "second"}})
    assert changed.json["region"]["description"] == "second"
    for circle in ("a", "b"):
        asked = {"region": {"parent_region_id": circle}}
        assert cloud.call("PATCH", "/v3/regions/a", "admin", asked).status == 400
    for refused in ({}, {"id": "z"}, {"description": "x" * 256}):
        assert cloud.call("PATCH", "/v3/regions/a", "admin", {"region": refused}).status == 400
    assert cloud.call("PUT", "/v3/regions/c", "admin", {"region": {"id": "d"}}).status == 400
    for query in ("limit=1", "foo=x", "parent_region_id="):
        assert cloud.call("GET", f"/v3/regions?{query}", "member").status == 400


def test_a_region_goes_with_those_in_it_unless_there_are_endpoints(cloud: Cloud) -> None:
    for region in ({"id": "a"}, {"id": "b", "parent_region_id": "a"}, {"id": "c", "parent_region_id": "b"}):
        assert cloud.call("POST", "/v3/regions", "admin", {"region": region}).status == 201
    service = cloud.call("GET", "/v3/services?type=image", "admin").json["services"][0]["id"]
    asked = {"interface": "public", "url": "http://s/", "service_id": service, "region_id": "c"}
    endpoint = cloud.call("POST", "/v3/endpoints", "admin", {"endpoint": asked}).json["endpoint"]["id"]
    assert cloud.call("DELETE", "/v3/regions/a", "admin").status == 403
    assert cloud.call("DELETE", f"/v3/endpoints/{endpoint}", "admin").status == 204
    assert cloud.call("DELETE", "/v3/regions/a", "admin").status == 204
    assert [cloud.call("GET", f"/v3/regions/{name}", "member").status for name in "abc"] == [404] * 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://s/%(foo)s"},
        {"url": "http://s/%(tenant_id)"},
        {"url": "http://s/50%25"},
        {"url": "nowhere"},
        {"url": "http://s/" + "x" * 225},
        {"interface": "side"},
        {"interface": None},
        {"service_id": "missing"},
        {"region_id": "missing"},
        {"enabled": "yes"},
    ],
)
def test_an_endpoint_that_is_not_right_is_refused(shared_cloud: Cloud, wrong: dict[str, object]) -> None:
    listed = shared_cloud.call("GET", "/v3/endpoints?interface=public", "admin").json["endpoints"]
    right = {name: listed[0][name] for name in ("interface", "service_id", "url", "region_id")}
    made = shared_cloud.call("POST", "/v3/endpoints", "admin", {"endpoint": {**right, **wrong}})
    changed = shared_cloud.call("PATCH", f"/v3/endpoints/{listed[0]['id']}", "admin", {"endpoint": wrong})
    assert (made.status, changed.status) == (400, 400), made.raw


def test_endpoints_are_found_by_interface_service_and_region(shared_cloud: Cloud) -> None:
    def count(query: str) -> int:
        return len(shared_cloud.call("GET", f"/v3/endpoints?{query}", "auditor").json["endpoints"])

    service = shared_cloud.call("GET", "/v3/services?type=image", "admin").json["services"][0]["id"]
    assert (count("interface=public"), count(f"service_id={service}")) == (6, 3)
    assert (count("region_id=RegionOne"), count("region_id=other"), count("interface__contains=ublic")) == (18, 0, 6)
    assert shared_cloud.call("GET", "/v3/endpoints?interface=side", "admin").status == 400


def test_services(cloud: Cloud) -> None:
    made = cloud.call("POST", "/v3/services", "admin", {"service": {"type": "dns", "colour": "red"}}).json["service"]
    assert (made["name"], made["enabled"], made["colour"]) == ("", True, "red")
    path = f"/v3/services/{made['id']}"
    for wrong in ({}, {"id": "other"}, {"type": ""}, {"name": ""}, {"enabled": 1}):
        assert cloud.call("PATCH", path, "admin", {"service": wrong}).status == 400
    assert cloud.call("PATCH", path, "admin", {"service": {"name": "designate"}}).json["service"]["name"] == "designate"
    assert [s["id"] for s in cloud.call("GET", "/v3/services?name=designate", "admin").json["services"]] == [made["id"]]
    catalog = cloud.call("GET", "/v3/auth/catalog", "member").json["catalog"]
    assert {"id": made["id"], "type": "dns", "name": "designate", "endpoints": []} in catalog


def test_an_endpoint_brings_its_region_and_needs_its_service(cloud: Cloud) -> None:
    service = cloud.call("GET", "/v3/services?type=image", "admin").json["services"][0]["id"]
    asked = {"interface": "public", "url": "http://s/", "service_id": service, "region": "south"}
    assert cloud.call("POST", "/v3/endpoints", "admin", {"endpoint": asked}).status == 201
    assert cloud.call("GET", "/v3/regions/south", "member").status == 200
    assert cloud.call("POST", "/v3/endpoints", "admin", {"endpoint": {**asked, "service_id": "x"}}).status == 400


def test_policy_documents(cloud: Cloud) -> None:
    asked = {"policy": {"type": "application/json", "blob": "{}"}}
    policy = cloud.call("POST", "/v3/policies", "admin", asked).json["policy"]
    path = f"/v3/policies/{policy['id']}"
    assert cloud.call("PATCH", path, "admin", {"policy": {"blob": "[]"}}).json["policy"] == {**policy, "blob": "[]"}
    assert len(cloud.call("GET", "/v3/policies", "auditor").json["policies"]) == 1
    assert cloud.call("DELETE", path, "admin").status == 204
    assert cloud.call("GET", path, "admin").status == 404
