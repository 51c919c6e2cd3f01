"""Regions, services, endpoints and what tokens show of them; stored credentials and policy documents."""

import pytest

from stacklab.core.db.database import rows
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
        ("http://s/50%25", "p", "http://s/50%25"),
    ],
)
def test_addresses(template: str, project: str | None, url: str | None) -> None:
    assert address(template, "http://h", project, "u") == url


def test_a_new_service_is_in_the_next_catalogue(cloud: Cloud) -> None:
    region = cloud.call("PUT", "/v3/regions/north", "admin", {"region": {"description": "far"}})
    assert (region.status, region.json["region"]["description"]) == (201, "far")
    service = cloud.call("POST", "/v3/services", "admin", {"service": {"type": "object-store", "name": "swift"}})
    service_id = service.json["service"]["id"]
    asked = {"interface": "public", "url": "http://s/%(project_id)s", "service_id": service_id, "region_id": "north"}
    endpoint = cloud.call("POST", "/v3/endpoints", "admin", {"endpoint": asked}).json["endpoint"]
    assert (endpoint["url"], endpoint["region"], endpoint["enabled"]) == (asked["url"], "north", True)

    def shown(persona: str) -> list[str]:
        token = cloud.call("GET", "/v3/auth/tokens", persona, x_subject_token=cloud.tokens[persona]).json["token"]
        catalog = token["catalog"]
        return [e["url"] for s in catalog if s["type"] == "object-store" for e in s["endpoints"]]

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
    assert cloud.call("DELETE", "/v3/regions/a", "admin").status == 403
    changed = cloud.call("PATCH", "/v3/regions/b", "admin", {"region": {"description": "second"}})
    assert changed.json["region"]["description"] == "second"


def test_an_endpoint_brings_its_region_and_needs_its_service(cloud: Cloud) -> None:
    service = cloud.call("GET", "/v3/services?type=image", "admin").json["services"][0]["id"]
    asked = {"interface": "public", "url": "http://s/", "service_id": service, "region": "south"}
    assert cloud.call("POST", "/v3/endpoints", "admin", {"endpoint": asked}).status == 201
    assert cloud.call("GET", "/v3/regions/south", "member").status == 200
    assert cloud.call("POST", "/v3/endpoints", "admin", {"endpoint": {**asked, "service_id": "x"}}).status == 404


def test_stored_credentials_are_encrypted_and_private(cloud: Cloud) -> None:
    made = cloud.call("POST", "/v3/credentials", "member", {"credential": {"type": "cert", "blob": "my secret"}})
    credential = made.json["credential"]
    assert (made.status, credential["blob"], credential["user_id"]) == (201, "my secret", cloud.ids["member"])
    assert "my secret" not in str(rows("SELECT * FROM identity_credentials"))
    path = f"/v3/credentials/{credential['id']}"
    assert cloud.call("GET", path, "manager").status == 403
    assert cloud.call("GET", "/v3/credentials", "manager").json["credentials"] == []
    assert len(cloud.call("GET", "/v3/credentials?type=cert", "auditor").json["credentials"]) == 1
    changed = cloud.call("PATCH", path, "member", {"credential": {"blob": {"a": 1}}}).json["credential"]
    assert changed["blob"] == '{"a":1}'
    assert cloud.call("PATCH", path, "member", {"credential": {"user_id": cloud.ids["manager"]}}).status == 403
    assert cloud.call("PATCH", path, "admin", {"credential": {"user_id": "missing"}}).status == 404
    assert cloud.call("DELETE", path, "member").status == 204
    orphan = {"credential": {"type": "cert", "blob": "x", "user_id": "missing"}}
    assert cloud.call("POST", "/v3/credentials", "admin", orphan).status == 404


def test_an_ec2_credential_is_found_by_its_access_key(cloud: Cloud) -> None:
    body = {"credential": {"type": "ec2", "blob": '{"access": "AKIA", "secret": "s"}'}}
    made = cloud.call("POST", "/v3/credentials", "member", body)
    assert len(made.json["credential"]["id"]) == 64
    assert cloud.call("POST", "/v3/credentials", "member", body).status == 409


def test_a_user_stores_so_many_credentials(cloud: Cloud) -> None:
    body = {"credential": {"type": "cert", "blob": "x"}}
    made = [cloud.call("POST", "/v3/credentials", "member", body) for _ in range(51)]
    assert [answer.status for answer in made] == [201] * 50 + [403]
    assert b"at most 50" in made[-1].raw
    path = f"/v3/credentials/{made[0].json['credential']['id']}"
    other = cloud.call("POST", "/v3/credentials", "manager", body).json["credential"]["id"]
    given = {"credential": {"user_id": cloud.ids["member"]}}
    assert cloud.call("PATCH", f"/v3/credentials/{other}", "admin", given).status == 403
    assert cloud.call("PATCH", path, "member", given | {"blob": "y"}).status == 200
    assert cloud.call("DELETE", path, "member").status == 204
    assert cloud.call("PATCH", f"/v3/credentials/{other}", "admin", given).status == 200


def test_a_stored_credential_is_small(cloud: Cloud) -> None:
    most, more = "x" * 65536, "x" * 65537
    made = cloud.call("POST", "/v3/credentials", "member", {"credential": {"type": "cert", "blob": most}})
    path = f"/v3/credentials/{made.json['credential']['id']}"
    for fields in ({"blob": more}, {"blob": {"a": most}}, {"blob": "x", "note": most}):
        asked = {"credential": {"type": "cert", **fields}}
        assert cloud.call("POST", "/v3/credentials", "member", asked).status == 403
        assert cloud.call("PATCH", path, "member", asked).status == 403
    assert cloud.call("GET", path, "member").json["credential"]["blob"] == most


def test_policy_documents(cloud: Cloud) -> None:
    asked = {"policy": {"type": "application/json", "blob": "{}"}}
    policy = cloud.call("POST", "/v3/policies", "admin", asked).json["policy"]
    path = f"/v3/policies/{policy['id']}"
    assert cloud.call("PATCH", path, "admin", {"policy": {"blob": "[]"}}).json["policy"] == {**policy, "blob": "[]"}
    assert len(cloud.call("GET", "/v3/policies", "auditor").json["policies"]) == 1
    assert cloud.call("DELETE", path, "admin").status == 204
    assert cloud.call("GET", path, "admin").status == 404
