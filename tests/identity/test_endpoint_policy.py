"""Policies of endpoints: by endpoint, by service, by service in a region and what is below it; the nearest counts."""

from tests.support.identity_cloud import Cloud


def _policy(cloud: Cloud, blob: str) -> str:
    made = cloud.call("POST", "/v3/policies", "admin", {"policy": {"type": "text/plain", "blob": blob}})
    return str(made.json["policy"]["id"])


def _places(cloud: Cloud) -> tuple[str, str]:
    """A service and its endpoint in region `low`, which is in `high`."""
    for region in ({"id": "high"}, {"id": "low", "parent_region_id": "high"}):
        assert cloud.call("POST", "/v3/regions", "admin", {"region": region}).status == 201
    service = cloud.call("POST", "/v3/services", "admin", {"service": {"type": "dns"}}).json["service"]["id"]
    asked = {"interface": "public", "url": "http://dns/", "service_id": service, "region_id": "low"}
    return service, cloud.call("POST", "/v3/endpoints", "admin", {"endpoint": asked}).json["endpoint"]["id"]


def test_the_nearest_policy_is_in_force(cloud: Cloud) -> None:
    service, endpoint = _places(cloud)
    in_force = f"/v3/endpoints/{endpoint}/OS-ENDPOINT-POLICY/policy"
    assert cloud.call("GET", in_force, "auditor").status == 404
    targets = [f"services/{service}", f"services/{service}/regions/high", f"services/{service}/regions/low"]
    given = []
    for target in (*targets, f"endpoints/{endpoint}"):
        policy = _policy(cloud, target)
        path = f"/v3/policies/{policy}/OS-ENDPOINT-POLICY/{target}"
        assert cloud.call("GET", path, "auditor").status == 404
        assert cloud.call("PUT", path, "admin").status == 204
        assert cloud.call("PUT", path, "admin").status == 204
        assert [cloud.call(verb, path, "auditor").status for verb in ("GET", "HEAD")] == [204, 204]
        assert cloud.call("GET", in_force, "auditor").json["policy"]["blob"] == target
        assert cloud.call("HEAD", in_force, "auditor").status == 200
        listed = cloud.call("GET", f"/v3/policies/{policy}/OS-ENDPOINT-POLICY/endpoints", "auditor").json["endpoints"]
        assert [e["id"] for e in listed] == [endpoint]
        given.append(path)
    for path, nearest in zip(reversed(given[1:]), reversed(targets), strict=True):
        assert cloud.call("DELETE", path, "admin").status == 204
        assert cloud.call("DELETE", path, "admin").status == 204
        assert cloud.call("GET", in_force, "auditor").json["policy"]["blob"] == nearest


def test_a_policy_takes_the_place_of_another(cloud: Cloud) -> None:
    service, endpoint = _places(cloud)
    first, second = (_policy(cloud, blob) for blob in ("first", "second"))
    for policy in (first, second):
        path = f"/v3/policies/{policy}/OS-ENDPOINT-POLICY/services/{service}"
        assert cloud.call("PUT", path, "admin").status == 204
    assert cloud.call("GET", f"/v3/policies/{first}/OS-ENDPOINT-POLICY/services/{service}", "admin").status == 404
    assert cloud.call("GET", f"/v3/policies/{first}/OS-ENDPOINT-POLICY/endpoints", "admin").json["endpoints"] == []
    assert cloud.call("DELETE", f"/v3/policies/{second}", "admin").status == 204
    assert cloud.call("GET", f"/v3/endpoints/{endpoint}/OS-ENDPOINT-POLICY/policy", "admin").status == 404


def test_what_is_deleted_takes_its_association_along(cloud: Cloud) -> None:
    service, endpoint = _places(cloud)
    policy = _policy(cloud, "x")
    for target in (f"endpoints/{endpoint}", f"services/{service}", f"services/{service}/regions/high"):
        assert cloud.call("PUT", f"/v3/policies/{policy}/OS-ENDPOINT-POLICY/{target}", "admin").status == 204
    assert cloud.call("DELETE", f"/v3/endpoints/{endpoint}", "admin").status == 204
    assert cloud.call("DELETE", "/v3/regions/high", "admin").status == 204
    assert cloud.call("DELETE", f"/v3/services/{service}", "admin").status == 204
    assert cloud.call("GET", f"/v3/policies/{policy}/OS-ENDPOINT-POLICY/endpoints", "admin").json["endpoints"] == []


def test_all_that_a_path_names_must_be_there(cloud: Cloud) -> None:
    service, endpoint = _places(cloud)
    policy = _policy(cloud, "x")
    path = f"/v3/policies/{policy}/OS-ENDPOINT-POLICY"
    assert cloud.call("GET", f"{path}/policy", "auditor").json["policy"]["id"] == policy
    wrong = ["endpoints/missing", "services/missing", f"services/{service}/regions/missing"]
    assert [cloud.call("PUT", f"{path}/{target}", "admin").status for target in wrong] == [404] * 3
    other = f"/v3/policies/missing/OS-ENDPOINT-POLICY/endpoints/{endpoint}"
    assert [cloud.call(verb, other, "admin").status for verb in ("GET", "PUT", "DELETE")] == [404] * 3
    assert cloud.call("GET", "/v3/endpoints/missing/OS-ENDPOINT-POLICY/policy", "admin").status == 404
