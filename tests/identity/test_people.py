"""Users, groups, projects and domains: made, found, changed, gone."""

from typing import Any

import pytest

from stacklab.core.events import Event
from tests.support.identity_cloud import Cloud


def test_a_user_from_birth_to_death(cloud: Cloud) -> None:
    asked = {"name": "ana", "password": "long enough", "email": "ana@example.org", "description": "new"}
    made = cloud.call("POST", "/v3/users", "admin", {"user": asked})
    user = made.json["user"]
    assert made.status == 201
    assert user == {
        "id": user["id"],
        "name": "ana",
        "domain_id": "default",
        "enabled": True,
        "email": "ana@example.org",
        "description": "new",
        "password_expires_at": None,
        "options": {},
        "links": {"self": f"http://cloud.test/identity/v3/users/{user['id']}"},
    }
    path = f"/v3/users/{user['id']}"
    assert cloud.call("GET", path, "admin").json["user"] == user
    changed = cloud.call("PATCH", path, "admin", {"user": {"name": "anna", "email": "a@example.org"}}).json["user"]
    assert changed == {**user, "name": "anna", "email": "a@example.org"}
    assert cloud.login("anna", password="long enough").status == 201
    gone: list[Event] = []
    cloud.identity.bus.subscribe("user.deleted", gone.append)
    assert cloud.call("DELETE", path, "admin").status == 204
    cloud.deliver()
    assert [event.subject for event in gone] == [user["id"]]
    assert cloud.call("GET", path, "admin").status == 404
    assert cloud.login("anna", password="long enough").status == 401


def test_a_user_without_a_password_cannot_use_an_empty_one(cloud: Cloud) -> None:
    assert cloud.call("POST", "/v3/users", "admin", {"user": {"name": "ana"}}).status == 201
    assert cloud.login("ana", password="").status == 401


@pytest.mark.parametrize(
    ("path", "noun", "name"),
    [
        ("/v3/users", "user", "member"),
        ("/v3/projects", "project", "project"),
        ("/v3/domains", "domain", "Default"),
        ("/v3/roles", "role", "member"),
    ],
)
def test_a_name_is_taken_once(shared_cloud: Cloud, path: str, noun: str, name: str) -> None:
    assert shared_cloud.call("POST", path, "admin", {noun: {"name": name}}).status == 409


BAD: list[tuple[str, Any]] = [
    ("/v3/users", {"user": {"name": "x" * 256}}),
    ("/v3/users", {"user": {"name": 7}}),
    ("/v3/users", {"user": {}}),
    ("/v3/users", {"user": {"name": "x", "enabled": "yes"}}),
    ("/v3/users", {"user": {"name": "x", "password": ""}}),
    ("/v3/users", {"user": "x"}),
    ("/v3/users", {}),
    ("/v3/users", b"{"),
    ("/v3/users", b"[]"),
    ("/v3/users", b""),
    ("/v3/projects", {"project": {"name": "x" * 65}}),
    ("/v3/projects", {"project": {"name": "   "}}),
    ("/v3/projects", {"project": {"name": "x", "tags": ["a/b"]}}),
    ("/v3/projects", {"project": {"name": "x", "tags": ["t"] * 81}}),
    ("/v3/groups", {"group": {"name": None}}),
    ("/v3/endpoints", {"endpoint": {"interface": "secret", "url": "http://x", "service_id": "x"}}),
    ("/v3/endpoints", {"endpoint": {"interface": "public", "url": "not a url", "service_id": "x"}}),
    ("/v3/services", {"service": {"type": ""}}),
]


@pytest.mark.parametrize(("path", "body"), BAD, ids=lambda value: str(value)[:60])
def test_bad_bodies_are_told_by_field(shared_cloud: Cloud, path: str, body: Any) -> None:
    answer = shared_cloud.call("POST", path, "admin", body)
    assert answer.status == 400, answer.raw
    assert answer.json["error"]["title"] == "Bad Request"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"member", "manager", "reader", "stranger", "auditor", "warden", "admin"}),
        ("?name=member", {"member"}),
        ("?name__contains=an", {"manager", "stranger"}),
        ("?name__startswith=m", {"member", "manager"}),
        ("?name__icontains=MEMB", {"member"}),
        ("?enabled=true&name=admin", {"admin"}),
        ("?enabled=False", set()),
        ("?domain_id=missing", set()),
        ("?unknown=x&name=admin", {"admin"}),
    ],
)
def test_filters(shared_cloud: Cloud, query: str, names: set[str]) -> None:
    answer = shared_cloud.call("GET", f"/v3/users{query}", "admin")
    assert {user["name"] for user in answer.json["users"]} == names
    assert answer.json["links"]["next"] is None


def test_pages_join_up(shared_cloud: Cloud) -> None:
    everybody = shared_cloud.call("GET", "/v3/users", "admin").json["users"]
    seen, url = [], "/v3/users?limit=3"
    while url:
        page = shared_cloud.call("GET", url, "admin").json
        seen += page["users"]
        url = (page["links"]["next"] or "").removeprefix("http://cloud.test/identity")
    assert seen == everybody
    assert shared_cloud.call("GET", "/v3/users?limit=-1", "admin").status == 400
    # A list that has no pages takes no notice.
    assert shared_cloud.call("GET", "/v3/auth/projects?limit=x", "member").json["links"]["next"] is None


def test_pages_of_a_list_that_is_filtered_afterwards_join_up_too(shared_cloud: Cloud) -> None:
    seen, url = [], "/v3/projects?limit=1&not-tags=x"
    while url:
        page = shared_cloud.call("GET", url, "admin").json
        seen += page["projects"]
        url = (page["links"]["next"] or "").removeprefix("http://cloud.test/identity")
    assert {project["name"] for project in seen} == {"admin", "project", "elsewhere"}


def test_a_project_with_a_parent_and_tags(cloud: Cloud) -> None:
    asked = {"name": "child", "parent_id": cloud.ids["project"], "tags": ["b", "a"], "color": "blue"}
    child = cloud.call("POST", "/v3/projects", "admin", {"project": asked}).json["project"]
    assert (child["parent_id"], child["domain_id"], child["tags"]) == (cloud.ids["project"], "default", ["a", "b"])
    assert (child["color"], child["is_domain"], child["options"]) == ("blue", False, {})
    assert cloud.call("DELETE", f"/v3/projects/{cloud.ids['project']}", "admin").status == 403
    listed = cloud.call("GET", f"/v3/projects?parent_id={cloud.ids['project']}", "admin").json["projects"]
    assert listed == [child]


@pytest.mark.parametrize(
    ("query", "found"),
    [("tags=a", True), ("tags=a,b", True), ("tags=a,c", False), ("tags-any=c,a", True), ("tags-any=c", False),
     ("not-tags=a,b", False), ("not-tags=a,c", True), ("not-tags-any=a", False), ("not-tags-any=c", True)],
)  # fmt: skip
def test_tag_filters(cloud: Cloud, query: str, found: bool) -> None:
    path = f"/v3/projects/{cloud.ids['project']}/tags"
    assert cloud.call("PUT", path, "admin", {"tags": ["a", "b"]}).json["tags"] == ["a", "b"]
    listed = cloud.call("GET", f"/v3/projects?{query}", "admin").json["projects"]
    assert ("project" in [project["name"] for project in listed]) is found


def test_tags_one_by_one(cloud: Cloud) -> None:
    path = f"/v3/projects/{cloud.ids['project']}/tags"
    assert cloud.call("PUT", f"{path}/blue", "admin").status == 201
    assert cloud.call("PUT", f"{path}/blue", "admin").status == 201
    assert cloud.call("GET", f"{path}/blue", "reader").status == 204
    assert cloud.call("GET", path, "reader").json["tags"] == ["blue"]
    assert cloud.call("DELETE", f"{path}/blue", "admin").status == 204
    assert cloud.call("GET", f"{path}/blue", "reader").status == 404
    assert cloud.call("DELETE", path, "admin").status == 204


@pytest.mark.parametrize(
    ("change", "status"), [({"domain_id": "x"}, 400), ({"parent_id": "x"}, 403), ({"is_domain": True}, 400)]
)
def test_a_project_stays_where_it_is(shared_cloud: Cloud, change: dict[str, Any], status: int) -> None:
    path = f"/v3/projects/{shared_cloud.ids['project']}"
    assert shared_cloud.call("PATCH", path, "admin", {"project": change}).status == status


def test_deleting_a_project_is_news(cloud: Cloud) -> None:
    news: list[Event] = []
    cloud.identity.bus.subscribe("project.deleted", news.append)
    assert cloud.call("DELETE", f"/v3/projects/{cloud.ids['project']}", "admin").status == 204
    cloud.deliver()
    assert [event.subject for event in news] == [cloud.ids["project"]]
    assert cloud.login("member", {"project": {"id": cloud.ids["project"]}}).status == 401


def test_a_domain_goes_with_everything_in_it(cloud: Cloud) -> None:
    domain = cloud.call("POST", "/v3/domains", "admin", {"domain": {"name": "d1"}}).json["domain"]["id"]
    for noun in ("user", "group", "project"):
        assert cloud.call("POST", f"/v3/{noun}s", "admin", {noun: {"name": "x", "domain_id": domain}}).status == 201
    path = f"/v3/domains/{domain}"
    assert cloud.call("DELETE", path, "admin").status == 403
    assert cloud.call("PATCH", path, "admin", {"domain": {"enabled": False}}).json["domain"]["enabled"] is False
    assert cloud.call("DELETE", path, "admin").status == 204
    for noun in ("users", "groups", "projects"):
        assert cloud.call("GET", f"/v3/{noun}?domain_id={domain}", "admin").json[noun] == []


def test_a_domain_manager_keeps_to_their_domain(cloud: Cloud) -> None:
    other = cloud.call("POST", "/v3/domains", "admin", {"domain": {"name": "d1"}}).json["domain"]["id"]
    user = {"name": "x", "domain_id": other}
    theirs = cloud.call("POST", "/v3/users", "admin", {"user": user}).json["user"]["id"]
    assert cloud.call("GET", f"/v3/users/{theirs}", "warden").status == 403
    assert cloud.call("POST", "/v3/users", "warden", {"user": {**user, "name": "y"}}).status == 403
    assert cloud.call("GET", f"/v3/users?domain_id={other}", "warden").status == 403
    assert theirs not in [u["id"] for u in cloud.call("GET", "/v3/users", "warden").json["users"]]
    assert cloud.call("POST", "/v3/users", "warden", {"user": {"name": "mine"}}).status == 201
    assert [d["id"] for d in cloud.call("GET", "/v3/domains", "warden").json["domains"]] == ["default"]


@pytest.mark.parametrize(("original", "status"), [("wrong", 401), ("correct horse battery", 204)])
def test_changing_ones_own_password(cloud: Cloud, original: str, status: int) -> None:
    body = {"user": {"original_password": original, "password": "brand new words"}}
    assert cloud.call("POST", f"/v3/users/{cloud.ids['member']}/password", body=body).status == status
    assert cloud.login("member", password="brand new words").status == (201 if status == 204 else 401)


def test_a_domain_s_manager_makes_nothing_below_another_domain_s_projects(cloud: Cloud) -> None:
    domain = cloud.call("POST", "/v3/domains", "admin", {"domain": {"name": "far"}}).json["domain"]["id"]
    theirs = cloud.call("POST", "/v3/projects", "admin", {"project": {"name": "p", "domain_id": domain}}).json[
        "project"
    ]
    for parent in (domain, theirs["id"]):
        answer = cloud.call("POST", "/v3/projects", "warden", {"project": {"name": "mine", "parent_id": parent}})
        assert answer.status == 400, answer.raw
