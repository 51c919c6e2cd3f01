"""Roles: given, taken, through groups, implied; and the list of who has which."""

from typing import Any

import pytest

from tests.support.identity_cloud import Cloud


def crew(cloud: Cloud) -> str:
    """A group with the stranger in it, who is a manager of the project through it."""
    group = str(cloud.call("POST", "/v3/groups", "admin", {"group": {"name": "crew"}}).json["group"]["id"])
    role = cloud.made.roles["manager"]
    for path in (
        f"/v3/groups/{group}/users/{cloud.ids['stranger']}",
        f"/v3/projects/{cloud.ids['project']}/groups/{group}/roles/{role}",
    ):
        assert cloud.call("PUT", path, "admin").status == 204
    return group


def listed(cloud: Cloud, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloud.call("GET", f"/v3/role_assignments?{query}", "system").json["role_assignments"]
    return found


@pytest.mark.parametrize("place", ["projects/{project}", "domains/default", "system"])
def test_give_see_take(cloud: Cloud, place: str) -> None:
    path = f"/v3/{place}/users/{cloud.ids['stranger']}/roles".format(**cloud.ids)
    one = f"{path}/{cloud.made.roles['reader']}"
    assert cloud.call("GET", one, "admin").status == 404
    for _ in range(2):
        assert cloud.call("PUT", one, "admin").status == 204
    assert cloud.call("HEAD", one, "admin").status == 204
    assert [role["name"] for role in cloud.call("GET", path, "admin").json["roles"]] == ["reader"]
    assert cloud.call("DELETE", one, "admin").status == 204
    assert cloud.call("DELETE", one, "admin").status == 404


def test_a_member_of_a_group_enters_with_its_role(cloud: Cloud) -> None:
    group = crew(cloud)
    token = cloud.login("stranger", {"project": {"id": cloud.ids["project"]}}).json["token"]
    assert [role["name"] for role in token["roles"]] == ["manager", "member", "reader"]
    groups = cloud.call("GET", f"/v3/users/{cloud.ids['stranger']}/groups", "admin").json["groups"]
    assert [g["name"] for g in groups] == ["crew"]
    assert [u["name"] for u in cloud.call("GET", f"/v3/groups/{group}/users", "admin").json["users"]] == ["stranger"]
    assert cloud.call("DELETE", f"/v3/groups/{group}", "admin").status == 204
    assert cloud.login("stranger", {"project": {"id": cloud.ids["project"]}}).status == 401


def test_assignments_with_names(cloud: Cloud) -> None:
    domain = {"id": "default", "name": "Default"}
    query = f"user.id={cloud.ids['member']}&include_names"
    project, role = cloud.ids["project"], cloud.made.roles["member"]
    base = "http://cloud.test/identity/v3"
    assert listed(cloud, query) == [
        {
            "role": {"id": role, "name": "member"},
            "user": {"id": cloud.ids["member"], "name": "member", "domain": domain},
            "scope": {"project": {"id": project, "name": "project", "domain": domain}},
            "links": {"assignment": f"{base}/projects/{project}/users/{cloud.ids['member']}/roles/{role}"},
        }
    ]


def test_effective_assignments_expand_groups_and_roles(cloud: Cloud) -> None:
    group = crew(cloud)
    query = f"scope.project.id={cloud.ids['project']}&user.id={cloud.ids['stranger']}"
    assert listed(cloud, query) == []
    found = listed(cloud, f"{query}&effective&include_names")
    assert [a["role"]["name"] for a in found] == ["manager", "member", "reader"]
    assert {a["user"]["id"] for a in found} == {cloud.ids["stranger"]}
    assert all(a["links"]["membership"].endswith(f"/groups/{group}/users/{cloud.ids['stranger']}") for a in found)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 8),
        ("scope.system=all", 2),
        ("scope.domain.id=default", 1),
        ("scope.project.id={project}", 3),
        ("scope.project.id={project}&include_subtree", 3),
        ("user.id={member}", 1),
        ("user.id={member}&effective", 2),
        ("user.id={member}&scope.system=all", 0),
        ("scope.project.id={project}&effective", 6),
        ("scope.OS-INHERIT:inherited_to=projects", 0),
    ],
)
def test_assignment_filters(shared_cloud: Cloud, query: str, count: int) -> None:
    assert len(listed(shared_cloud, query.format(**shared_cloud.ids))) == count


def test_implied_roles(cloud: Cloud) -> None:
    made = cloud.call("POST", "/v3/roles", "admin", {"role": {"name": "auditor", "description": "looks"}}).json["role"]
    path = f"/v3/roles/{cloud.made.roles['member']}/implies/{made['id']}"
    assert cloud.call("GET", path, "admin").status == 404
    inference = cloud.call("PUT", path, "admin").json["role_inference"]
    assert (inference["prior_role"]["name"], inference["implies"]["name"]) == ("member", "auditor")
    assert cloud.call("HEAD", path, "admin").status == 204
    token = cloud.login("member", {"project": {"id": cloud.ids["project"]}}).json["token"]
    assert {role["name"] for role in token["roles"]} == {"member", "reader", "auditor"}
    inferences = cloud.call("GET", "/v3/role_inferences", "admin").json["role_inferences"]
    by_prior = {i["prior_role"]["name"]: {r["name"] for r in i["implies"]} for i in inferences}
    assert by_prior == {"admin": {"manager"}, "manager": {"member"}, "member": {"reader", "auditor"}}
    assert cloud.call("DELETE", path, "admin").status == 204


def test_a_loop_of_implications_ends(cloud: Cloud) -> None:
    path = f"/v3/roles/{cloud.made.roles['reader']}/implies/{cloud.made.roles['member']}"
    assert cloud.call("PUT", path, "admin").status == 201
    token = cloud.login("reader", {"project": {"id": cloud.ids["project"]}}).json["token"]
    assert {role["name"] for role in token["roles"]} == {"reader", "member"}


def test_a_role_of_a_domain_stands_for_what_it_implies(cloud: Cloud) -> None:
    asked = {"role": {"name": "local", "domain_id": "default"}}
    local = cloud.call("POST", "/v3/roles", "admin", asked).json["role"]
    assert local["domain_id"] == "default"
    reader = cloud.made.roles["reader"]
    assert cloud.call("PUT", f"/v3/roles/{reader}/implies/{local['id']}", "admin").status == 403
    assert cloud.call("PUT", f"/v3/roles/{local['id']}/implies/{reader}", "admin").status == 201
    path = f"/v3/projects/{cloud.ids['project']}/users/{cloud.ids['stranger']}/roles/{local['id']}"
    assert cloud.call("PUT", path, "admin").status == 204
    token = cloud.login("stranger", {"project": {"id": cloud.ids["project"]}}).json["token"]
    assert [role["name"] for role in token["roles"]] == ["reader"]
    assert "local" not in [r["name"] for r in cloud.call("GET", "/v3/roles", "admin").json["roles"]]
    assert "local" in [r["name"] for r in cloud.call("GET", "/v3/roles?domain_id=default", "admin").json["roles"]]


def test_the_admin_role_cannot_be_deleted(cloud: Cloud) -> None:
    path = f"/v3/roles/{cloud.made.roles['admin']}"
    assert cloud.call("DELETE", path, "admin").status == 403
    assert cloud.call("PATCH", path, "admin", {"role": {"name": "boss"}}).status == 403
