"""Roles of domains, roles implied, roles inherited; who may give which; and what losing one ends."""

from typing import Any

import pytest

from stacklab.core.errors import Unauthorized
from stacklab.identity import withdrawals
from tests.support.identity_cloud import PASSWORD, Cloud

BASE = "http://cloud.test/identity/v3"


def role(cloud: Cloud, name: str, domain: str | None = None) -> str:
    answer = cloud.call("POST", "/v3/roles", "admin", {"role": {"name": name, "domain_id": domain}})
    assert answer.status == 201, answer.raw
    return str(answer.json["role"]["id"])


def project(cloud: Cloud, name: str, **fields: Any) -> str:
    answer = cloud.call("POST", "/v3/projects", "admin", {"project": {"name": name, **fields}})
    return str(answer.json["project"]["id"])


def put(cloud: Cloud, path: str, who: str = "admin") -> int:
    return cloud.call("PUT", f"/v3/{path}", who).status


def scope(project_id: str) -> dict[str, Any]:
    return {"project": {"id": project_id}}


def alive(cloud: Cloud, token: str) -> bool:
    try:
        cloud.identity.check(token)
    except Unauthorized:
        return False
    return True


@pytest.fixture
def family(cloud: Cloud) -> Cloud:
    """`top` has `below` under it, and a member by inheritance who is in neither himself: the stranger."""
    cloud.ids["top"] = project(cloud, "top")
    cloud.ids["below"] = project(cloud, "below", parent_id=cloud.ids["top"])
    assert put(cloud, inherited(cloud, f"projects/{cloud.ids['top']}")) == 204
    return cloud


def inherited(cloud: Cloud, place: str, name: str = "member") -> str:
    actor = f"users/{cloud.ids['stranger']}"
    return f"OS-INHERIT/{place}/{actor}/roles/{cloud.made.roles[name]}/inherited_to_projects"


def test_what_is_inherited_counts_below_and_not_on_the_spot(family: Cloud) -> None:
    assert family.login("stranger", scope(family.ids["top"])).status == 401
    token = family.login("stranger", scope(family.ids["below"])).json["token"]
    assert [r["name"] for r in token["roles"]] == ["member", "reader"]
    mine = family.token("stranger", "unscoped")
    entered = {p["id"] for p in family.call("GET", "/v3/auth/projects", mine).json["projects"]}
    assert entered == {family.ids["below"], family.ids["elsewhere"]}
    of_user = family.call("GET", f"/v3/users/{family.ids['stranger']}/projects", "admin").json["projects"]
    assert {p["id"] for p in of_user} == entered


def test_the_paths_of_an_inherited_role(family: Cloud) -> None:
    path = inherited(family, f"projects/{family.ids['top']}")
    direct = path.removeprefix("OS-INHERIT/").removesuffix("/inherited_to_projects")
    assert family.call("HEAD", f"/v3/{path}", "admin").status == 204
    assert family.call("GET", f"/v3/{direct}", "admin").status == 404
    assert family.call("DELETE", f"/v3/{path}", "admin").status == 204
    missing = family.call("DELETE", f"/v3/{path}", "admin")
    assert missing.status == 404
    assert missing.json["error"]["message"] == (
        f"Could not find role assignment with role: {family.made.roles['member']}, user or group: "
        f"{family.ids['stranger']}, project, domain, or system: {family.ids['top']}."
    )
    domain = inherited(family, "domains/default")
    assert put(family, domain) == 204
    listed = f"/v3/OS-INHERIT/domains/default/users/{family.ids['stranger']}/roles/inherited_to_projects"
    assert [r["name"] for r in family.call("GET", listed, "admin").json["roles"]] == ["member"]


def test_how_an_inherited_and_implied_role_is_listed(family: Cloud) -> None:
    query = f"user.id={family.ids['stranger']}&effective&scope.project.id={family.ids['below']}"
    found = family.call("GET", f"/v3/role_assignments?{query}", "admin").json["role_assignments"]
    member, reader = family.made.roles["member"], family.made.roles["reader"]
    made_by = f"{BASE}/{inherited(family, 'projects/' + family.ids['top'])}"
    shown = {
        "user": {"id": family.ids["stranger"]},
        "scope": {"project": {"id": family.ids["below"]}, "OS-INHERIT:inherited_to": "projects"},
    }
    prior = f"{BASE}/prior_role/{reader}/implies/{member}"
    assert found == [
        {**shown, "role": {"id": member}, "links": {"assignment": made_by}},
        {**shown, "role": {"id": reader}, "links": {"assignment": made_by, "prior_role": prior}},
    ]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("scope.project.id=x&scope.domain.id=y", 400),
        ("scope.system=all&scope.domain.id=y", 400),
        ("scope.system=all&scope.project.id=y", 400),
        ("user.id=x&group.id=y", 400),
        ("effective&group.id=y", 400),
        ("effective&scope.domain.id=default&scope.OS-INHERIT:inherited_to=projects", 400),
        ("include_subtree", 400),
        ("include_subtree&scope.project.id=missing", 404),
        ("effective&user.id=missing", 404),
        ("effective&scope.project.id=missing", 404),
        ("user.id=missing", 200),
        ("effective=0&group.id=missing", 200),
    ],
)
def test_questions_that_make_no_sense(shared_cloud: Cloud, query: str, status: int) -> None:
    assert shared_cloud.call("GET", f"/v3/role_assignments?{query}", "admin").status == status


def test_a_domains_own_people_see_its_assignments_only(cloud: Cloud) -> None:
    other = cloud.call("POST", "/v3/domains", "admin", {"domain": {"name": "other"}}).json["domain"]["id"]
    there = project(cloud, "there", domain_id=other)
    for place in (f"domains/{other}", f"projects/{there}"):
        assert put(cloud, f"{place}/users/{cloud.ids['member']}/roles/{cloud.made.roles['reader']}") == 204
    for query in ("", "effective", f"user.id={cloud.ids['member']}", f"effective&user.id={cloud.ids['member']}"):
        everything = cloud.call("GET", f"/v3/role_assignments?{query}", "admin").json["role_assignments"]
        seen = cloud.call("GET", f"/v3/role_assignments?{query}", "warden").json["role_assignments"]
        assert {other, there} & {str(a["scope"]) for a in seen} == set()
        assert seen
        assert all(a in everything for a in seen)
        assert not any(other in str(a) or there in str(a) or "system" in a["scope"] for a in seen)
    tree = f"/v3/role_assignments?include_subtree&scope.project.id={there}"
    assert (cloud.call("GET", tree, "warden").status, cloud.call("GET", tree, "admin").status) == (403, 200)


@pytest.mark.parametrize(
    ("place", "name", "status"),
    [
        ("projects/{project}", "member", 204),
        ("domains/default", "manager", 204),
        ("projects/{project}", "admin", 403),
        ("projects/{project}", "service", 403),
        ("projects/{there}", "member", 403),
        ("domains/{other}", "reader", 403),
        ("system", "reader", 403),
    ],
)
def test_which_roles_a_domains_manager_may_give(cloud: Cloud, place: str, name: str, status: int) -> None:
    cloud.ids["other"] = cloud.call("POST", "/v3/domains", "admin", {"domain": {"name": "other"}}).json["domain"]["id"]
    cloud.ids["there"] = project(cloud, "there", domain_id=cloud.ids["other"])
    path = f"{place}/users/{cloud.ids['stranger']}/roles/{cloud.made.roles[name]}".format(**cloud.ids)
    assert put(cloud, path, "warden") == status
    assert cloud.call("DELETE", f"/v3/{path}", "warden").status == (204 if status == 204 else 403)
    foreign = {"name": "foreign", "domain_id": cloud.ids["other"], "password": PASSWORD}
    user = cloud.call("POST", "/v3/users", "admin", {"user": foreign}).json["user"]["id"]
    assert (
        put(cloud, f"projects/{cloud.ids['project']}/users/{user}/roles/{cloud.made.roles['member']}", "warden") == 403
    )


def test_a_manager_sees_the_roles_they_may_give(shared_cloud: Cloud) -> None:
    seen = {n: shared_cloud.call("GET", f"/v3/roles/{r}", "warden").status for n, r in shared_cloud.made.roles.items()}
    given = {"manager": 200, "member": 200, "reader": 200}
    assert seen == {"admin": 403, **given, "service": 403, "ResellerAdmin": 403}


def test_a_role_of_a_domain_is_for_its_projects(cloud: Cloud) -> None:
    other = cloud.call("POST", "/v3/domains", "admin", {"domain": {"name": "other"}}).json["domain"]["id"]
    own = role(cloud, "own", other)
    there, user = project(cloud, "there", domain_id=other), f"users/{cloud.ids['member']}/roles/{own}"
    assert put(cloud, f"projects/{there}/{user}") == 204
    assert put(cloud, f"projects/{cloud.ids['project']}/{user}") == 403
    assert put(cloud, f"system/{user}") == 400
    assert cloud.login("member", scope(there)).status == 401  # it implies nothing yet
    assert put(cloud, f"roles/{own}/implies/{cloud.made.roles['reader']}") == 201
    assert [r["name"] for r in cloud.login("member", scope(there)).json["token"]["roles"]] == ["reader"]
    listed = cloud.call("GET", f"/v3/roles?domain_id={other}", "admin").json["roles"]
    assert [r["id"] for r in listed] == [own]
    moved = cloud.call("PATCH", f"/v3/roles/{own}", "admin", {"role": {"domain_id": "default"}})
    assert (moved.status, moved.json["error"]["message"]) == (400, "Update of `domain_id` is not allowed.")


def test_what_no_role_may_imply(cloud: Cloud) -> None:
    plain, own = role(cloud, "plain"), role(cloud, "own", "default")
    assert put(cloud, f"roles/{plain}/implies/{cloud.made.roles['admin']}") == 403
    assert put(cloud, f"roles/{plain}/implies/{own}") == 403
    assert put(cloud, f"roles/{own}/implies/{plain}") == 201
    assert put(cloud, f"roles/{own}/implies/{plain}") == 409
    assert cloud.call("DELETE", f"/v3/roles/{plain}/implies/{own}", "admin").status == 404


def test_an_inherited_role_taken_away_ends_what_it_opened(family: Cloud) -> None:
    below, elsewhere = (family.token("stranger", scope(family.ids[p])) for p in ("below", "elsewhere"))
    assert family.call("DELETE", f"/v3/{inherited(family, 'projects/' + family.ids['top'])}", "admin").status == 204
    assert (alive(family, below), alive(family, elsewhere)) == (False, True)
    assert family.login("stranger", scope(family.ids["below"])).status == 401


@pytest.mark.parametrize("most", [256, 1, 0])
def test_a_group_that_goes_ends_what_it_opened(family: Cloud, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact where it reaches few; with more people or places than may be named one by one, more ends than must."""
    monkeypatch.setattr(withdrawals, "MOST", most)
    group = family.call("POST", "/v3/groups", "admin", {"group": {"name": "crew"}}).json["group"]["id"]
    for name in ("stranger", "member"):
        assert put(family, f"groups/{group}/users/{family.ids[name]}") == 204
    reader = family.made.roles["reader"]
    assert put(family, f"OS-INHERIT/domains/default/groups/{group}/roles/{reader}/inherited_to_projects") == 204
    token = family.token("stranger", scope(family.ids["top"]))
    assert alive(family, token)
    assert family.call("DELETE", f"/v3/groups/{group}", "admin").status == 204
    assert not alive(family, token)
    assert alive(family, family.tokens["system"]) == (most == 256)


def test_a_member_who_leaves_a_group_loses_what_was_inherited(family: Cloud) -> None:
    group = family.call("POST", "/v3/groups", "admin", {"group": {"name": "crew"}}).json["group"]["id"]
    member = f"groups/{group}/users/{family.ids['reader']}"
    assert put(family, member) == 204
    top = f"OS-INHERIT/projects/{family.ids['top']}/groups/{group}/roles/{family.made.roles['member']}"
    assert put(family, f"{top}/inherited_to_projects") == 204
    below, own = family.token("reader", scope(family.ids["below"])), family.tokens["reader"]
    assert family.call("DELETE", f"/v3/{member}", "admin").status == 204
    assert (alive(family, below), alive(family, own)) == (False, True)


def test_a_role_on_a_domain_is_none_on_the_project_that_acts_as_it(cloud: Cloud) -> None:
    actor = f"users/{cloud.ids['member']}/roles/{cloud.made.roles['reader']}"
    assert put(cloud, f"projects/default/{actor}") == 204
    assert cloud.login("member", {"domain": {"id": "default"}}).status == 401
    for query, found in (("project.id", 1), ("domain.id", 0)):
        asked = f"/v3/role_assignments?scope.{query}=default&user.id={cloud.ids['member']}"
        assert len(cloud.call("GET", asked, "admin").json["role_assignments"]) == found
        assert len(cloud.call("GET", f"{asked}&effective", "admin").json["role_assignments"]) == found
    assert put(cloud, f"domains/default/{actor}") == 204
    assert cloud.call("DELETE", f"/v3/projects/default/{actor}", "admin").status == 204
    assert cloud.login("member", {"domain": {"id": "default"}}).status == 201
