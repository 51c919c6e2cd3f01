"""Which endpoints a project sees: chosen one by one and by groups; in the catalogue of tokens at once."""

import pytest

from stacklab.identity.catalogue import Catalogue
from tests.support.identity_cloud import Cloud

ROOT = "/v3/OS-EP-FILTER"


def _catalogue(cloud: Cloud, persona: str) -> set[tuple[str, str]]:
    """(service type, interface) of what a token shows; the same by both ways, where there are both."""
    catalog = cloud.call("GET", "/v3/auth/tokens", "admin", x_subject_token=cloud.tokens[persona]).json["token"][
        "catalog"
    ]
    if persona != "system":
        assert cloud.call("GET", "/v3/auth/catalog", persona).json["catalog"] == catalog
    return {(service["type"], endpoint["interface"]) for service in catalog for endpoint in service["endpoints"]}


def _endpoint(cloud: Cloud, kind: str, interface: str) -> str:
    service = cloud.call("GET", f"/v3/services?type={kind}", "admin").json["services"][0]["id"]
    listed = cloud.call("GET", f"/v3/endpoints?service_id={service}&interface={interface}", "admin").json["endpoints"]
    return str(listed[0]["id"])


def _group(cloud: Cloud, **filters: str) -> str:
    asked = {"endpoint_group": {"name": "some", "filters": filters}}
    answer = cloud.call("POST", f"{ROOT}/endpoint_groups", "admin", asked)
    assert answer.status == 201, answer.raw
    return str(answer.json["endpoint_group"]["id"])


def test_a_project_sees_what_was_chosen_and_others_see_all(cloud: Cloud) -> None:
    everything = _catalogue(cloud, "member")
    endpoint = _endpoint(cloud, "image", "public")
    path = f"{ROOT}/projects/{cloud.ids['project']}/endpoints/{endpoint}"
    assert cloud.call("GET", path, "admin").status == 404
    assert cloud.call("PUT", path, "admin").status == 204
    assert cloud.call("PUT", path, "admin").status == 409
    assert [cloud.call(verb, path, "auditor").status for verb in ("GET", "HEAD")] == [204, 204]
    assert _catalogue(cloud, "member") == {("image", "public")}
    assert _catalogue(cloud, "stranger") == everything
    # An account of the object store is a project's: without one there is no address.
    assert _catalogue(cloud, "system") == {one for one in everything if one[0] != "object-store"}
    listed = cloud.call("GET", f"{ROOT}/projects/{cloud.ids['project']}/endpoints", "auditor").json["endpoints"]
    assert [e["id"] for e in listed] == [endpoint]
    projects = cloud.call("GET", f"{ROOT}/endpoints/{endpoint}/projects", "auditor").json["projects"]
    assert [p["id"] for p in projects] == [cloud.ids["project"]]
    assert cloud.call("DELETE", path, "admin").status == 204
    assert cloud.call("DELETE", path, "admin").status == 404
    assert _catalogue(cloud, "member") == everything


def test_a_group_picks_endpoints_by_all_its_filters(cloud: Cloud) -> None:
    group = _group(cloud, interface="public", region_id="RegionOne")
    path = f"{ROOT}/endpoint_groups/{group}"
    membership = f"{path}/projects/{cloud.ids['project']}"
    assert cloud.call("PUT", membership, "admin").status == 204
    assert cloud.call("PUT", membership, "admin").status == 409
    shown = cloud.call("GET", membership, "auditor").json["project_endpoint_group"]
    assert (shown["endpoint_group_id"], shown["project_id"]) == (group, cloud.ids["project"])
    assert {interface for _, interface in _catalogue(cloud, "member")} == {"public"}
    endpoints = cloud.call("GET", f"{path}/endpoints", "auditor").json["endpoints"]
    assert {e["interface"] for e in endpoints} == {"public"}
    projects = cloud.call("GET", f"{path}/projects", "auditor").json["projects"]
    assert [p["name"] for p in projects] == ["project"]
    groups = cloud.call("GET", f"{ROOT}/projects/{cloud.ids['project']}/endpoint_groups", "auditor").json
    assert [g["id"] for g in groups["endpoint_groups"]] == [group]

    cloud.call("PATCH", path, "admin", {"endpoint_group": {"filters": {"interface": "internal"}}})
    assert {interface for _, interface in _catalogue(cloud, "member")} == {"internal"}
    named = f"{ROOT}/projects/{cloud.ids['project']}/endpoints/{_endpoint(cloud, 'image', 'admin')}"
    assert cloud.call("PUT", named, "admin").status == 204
    assert {interface for kind, interface in _catalogue(cloud, "member") if kind == "image"} == {"internal", "admin"}
    assert cloud.call("DELETE", path, "admin").status == 204
    assert _catalogue(cloud, "member") == {("image", "admin")}
    assert cloud.call("GET", path, "admin").status == 404


def test_a_group_that_picks_nothing_hides_nothing(cloud: Cloud) -> None:
    everything = _catalogue(cloud, "member")
    group = _group(cloud, region_id="nowhere")
    path = f"{ROOT}/endpoint_groups/{group}/projects/{cloud.ids['project']}"
    assert cloud.call("PUT", path, "admin").status == 204
    assert _catalogue(cloud, "member") == everything
    assert cloud.call("DELETE", path, "admin").status == 204
    assert cloud.call("DELETE", path, "admin").status == 404


def test_what_was_chosen_and_is_disabled_leaves_nothing(cloud: Cloud) -> None:
    endpoint = _endpoint(cloud, "image", "public")
    assert cloud.call("PUT", f"{ROOT}/projects/{cloud.ids['project']}/endpoints/{endpoint}", "admin").status == 204
    assert cloud.call("PATCH", f"/v3/endpoints/{endpoint}", "admin", {"endpoint": {"enabled": False}}).status == 200
    assert cloud.call("GET", "/v3/auth/catalog", "member").json["catalog"] == []
    assert cloud.call("DELETE", f"/v3/endpoints/{endpoint}", "admin").status == 204
    assert len(_catalogue(cloud, "member")) > 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"filters": {}},
        {"filters": {"enabled": "true"}},
        {"filters": {"interface": "side"}},
        {"filters": {"interface": 1}},
        {"name": ""},
        {"name": " "},
        {"colour": "red"},
    ],
)
def test_a_group_that_is_not_right_is_refused(shared_cloud: Cloud, wrong: dict[str, object]) -> None:
    asked = {"name": "x", "filters": {"interface": "public"}, **wrong}
    assert shared_cloud.call("POST", f"{ROOT}/endpoint_groups", "admin", {"endpoint_group": asked}).status == 400


def test_groups_by_name(cloud: Cloud) -> None:
    group = _group(cloud, interface="public")
    path = f"{ROOT}/endpoint_groups"
    assert [g["id"] for g in cloud.call("GET", f"{path}?name=some", "auditor").json["endpoint_groups"]] == [group]
    assert cloud.call("GET", f"{path}?name=none", "auditor").json["endpoint_groups"] == []
    assert cloud.call("GET", f"{path}?interface=public", "auditor").status == 400
    assert cloud.call("PATCH", f"{path}/{group}", "admin", {"endpoint_group": {}}).status == 400
    changed = cloud.call("PATCH", f"{path}/{group}", "admin", {"endpoint_group": {"description": "d"}}).json
    assert (changed["endpoint_group"]["description"], changed["endpoint_group"]["name"]) == ("d", "some")


def test_the_ends_of_an_association_must_be_there(shared_cloud: Cloud) -> None:
    project = shared_cloud.ids["project"]
    endpoint = _endpoint(shared_cloud, "image", "public")
    for path in (f"projects/missing/endpoints/{endpoint}", f"projects/{project}/endpoints/missing"):
        assert shared_cloud.call("PUT", f"{ROOT}/{path}", "admin").status == 404
    for path in ("projects/missing/endpoints", "projects/missing/endpoint_groups", "endpoints/missing/projects"):
        assert shared_cloud.call("GET", f"{ROOT}/{path}", "admin").status == 404


def test_where_nothing_chosen_is_nothing_seen(cloud: Cloud) -> None:
    cloud.identity.catalogue = Catalogue(unfiltered=False)
    assert cloud.call("GET", "/v3/auth/catalog", "stranger").json["catalog"] == []
    path = f"{ROOT}/projects/{cloud.ids['project']}/endpoints/{_endpoint(cloud, 'image', 'public')}"
    assert cloud.call("PUT", path, "admin").status == 204
    assert _catalogue(cloud, "member") == {("image", "public")}


def test_a_rendering_is_kept_for_whom_it_was_made(cloud: Cloud) -> None:
    group = _group(cloud, interface="public")
    for project in ("project", "elsewhere"):
        path = f"{ROOT}/endpoint_groups/{group}/projects/{cloud.ids[project]}"
        assert cloud.call("PUT", path, "admin").status == 204
    catalogue = cloud.identity.catalogue
    first = catalogue.render("http://h", cloud.ids["project"], "u")
    assert catalogue.render("http://h", cloud.ids["project"], "u") is first
    other = bytes(catalogue.render("http://h", cloud.ids["elsewhere"], "u"))
    assert other == bytes(first).replace(cloud.ids["project"].encode(), cloud.ids["elsewhere"].encode()) != bytes(first)
