"""Projects in trees and domains: where they may stand, when they may be switched, changed and deleted."""

from typing import Any

import pytest

from stacklab.core.db.database import rows
from stacklab.core.events import Event
from tests.support.identity_cloud import Cloud


def make(cloud: Cloud, noun: str = "project", **fields: Any) -> dict[str, Any]:
    body = {"name": f"n{len(rows('SELECT id FROM identity_projects'))}", **fields}
    answer = cloud.call("POST", f"/v3/{noun}s", "admin", {noun: body})
    assert answer.status == 201, answer.raw
    made: dict[str, Any] = answer.json[noun]
    return made


def line(cloud: Cloud, length: int) -> list[str]:
    """Ids of projects each below the one before."""
    ids: list[str] = []
    for _ in range(length):
        ids.append(make(cloud, parent_id=ids[-1] if ids else None)["id"])
    return ids


def patch(cloud: Cloud, project: str, **change: Any) -> int:
    return cloud.call("PATCH", f"/v3/projects/{project}", "admin", {"project": change}).status


def message(cloud: Cloud, method: str, path: str, body: Any = None) -> tuple[int, str]:
    answer = cloud.call(method, path, "admin", body)
    return answer.status, answer.json["error"]["message"]


def test_five_levels_and_no_more(cloud: Cloud) -> None:
    ids = line(cloud, 5)
    body = {"project": {"name": "sixth", "parent_id": ids[-1]}}
    assert message(cloud, "POST", "/v3/projects", body) == (403, f"Max hierarchy depth reached for {ids[-1]} branch.")


def test_the_family_of_a_project(cloud: Cloud) -> None:
    top, middle, bottom = line(cloud, 3)
    other = make(cloud, parent_id=top)["id"]

    def ask(project: str, query: str) -> Any:
        return cloud.call("GET", f"/v3/projects/{project}?{query}", "admin").json["project"]

    assert ask(bottom, "parents_as_ids")["parents"] == {middle: {top: {"default": None}}}
    assert ask(top, "subtree_as_ids")["subtree"] == {middle: {bottom: None}, other: None}
    assert ask(bottom, "subtree_as_ids")["subtree"] is None
    assert ask(bottom, "parents_as_list")["parents"] == []  # the admin has no role on them
    role = cloud.made.roles["member"]
    for project in (top, middle):
        assert (
            cloud.call("PUT", f"/v3/projects/{project}/users/{cloud.made.admin_user_id}/roles/{role}", "admin").status
            == 204
        )
    assert [p["project"]["id"] for p in ask(bottom, "parents_as_list")["parents"]] == [middle, top]
    assert [p["project"]["id"] for p in ask(top, "subtree_as_list")["subtree"]] == [middle]
    for noun in ("parents", "subtree"):
        assert cloud.call("GET", f"/v3/projects/{top}?{noun}_as_list&{noun}_as_ids", "admin").status == 400
    assert "parents" not in ask(bottom, "parents_as_ids=0")


def test_switching_follows_the_tree(cloud: Cloud) -> None:
    top, bottom = line(cloud, 2)
    assert patch(cloud, top, enabled=False) == 403
    assert (patch(cloud, bottom, enabled=False), patch(cloud, top, enabled=False)) == (200, 200)
    assert patch(cloud, bottom, enabled=True) == 403
    wrong = message(cloud, "POST", "/v3/projects", {"project": {"name": "x", "parent_id": bottom}})
    assert wrong == (400, f"cannot create a project in a branch containing a disabled project: {bottom}")
    assert (patch(cloud, top, enabled=True), patch(cloud, bottom, enabled=True)) == (200, 200)


def test_leaves_first(cloud: Cloud) -> None:
    top, bottom = line(cloud, 2)
    assert cloud.call("DELETE", f"/v3/projects/{top}", "admin").status == 403
    for project in (bottom, top):
        assert cloud.call("DELETE", f"/v3/projects/{project}", "admin").status == 204


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"domain_id": "missing"}, 400, "Could not find domain: missing."),
        ({"parent_id": "missing"}, 400, "Could not find project: missing."),
        ({"is_domain": True, "parent_id": "default"}, 400, "only root projects are allowed to act as domains."),
        ({"name": "project"}, 409, "it is not permitted to have two projects with either the same name or same id"),
        ({"name": "Default", "is_domain": True, "domain_id": None}, 409, "two projects acting as domains"),
        ({"options": {"colour": True}}, 400, "'colour' was unexpected"),
        ({"options": {"immutable": "yes"}}, 400, "immutable"),
        ({"tags": ["t" * 256]}, 400, "is too long"),
        ({"tags": ["a/b"]}, 400, "does not match"),
        ({"tags": [f"t{n}" for n in range(81)]}, 400, "tags"),
    ],
)
def test_a_project_that_cannot_be(shared_cloud: Cloud, fields: dict[str, Any], status: int, words: str) -> None:
    body = {"project": {"name": "x", "domain_id": "default", **fields}}
    got, said = message(shared_cloud, "POST", "/v3/projects", body)
    assert got == status
    assert words in said


def test_a_parent_of_another_domain(cloud: Cloud) -> None:
    domain = make(cloud, "domain")["id"]
    body = {"project": {"name": "x", "domain_id": domain, "parent_id": cloud.ids["project"]}}
    got, said = message(cloud, "POST", "/v3/projects", body)
    assert (got, "different domain" in said) == (400, True)


@pytest.mark.parametrize("noun", ["project", "domain", "role"])
def test_what_is_immutable_stays_until_it_is_made_mutable(cloud: Cloud, noun: str) -> None:
    made = make(cloud, noun, options={"immutable": True})
    path = f"/v3/{noun}s/{made['id']}"
    assert made["options"] == {"immutable": True}
    for change in ({"name": "y"}, {"options": {"immutable": False}, "name": "y"}, {"options": {"immutable": True}}):
        got, said = message(cloud, "PATCH", path, {noun: change})
        assert (got, f"Unable to update immutable {noun} resource" in said) == (403, True)
    assert message(cloud, "DELETE", path)[0] == 403
    mutable = cloud.call("PATCH", path, "admin", {noun: {"options": {"immutable": None}}})
    assert (mutable.status, mutable.json[noun]["options"]) == (200, {})
    assert cloud.call("PATCH", path, "admin", {noun: {"name": "y"}}).status == 200


def test_a_domain_is_a_project_too(cloud: Cloud) -> None:
    domain = make(cloud, is_domain=True, domain_id=None)
    assert (domain["domain_id"], domain["parent_id"], domain["is_domain"]) == (None, None, True)
    path = f"/v3/projects/{domain['id']}"
    assert cloud.call("GET", f"/v3/domains/{domain['id']}", "admin").json["domain"]["name"] == domain["name"]
    assert domain["id"] in [p["id"] for p in cloud.call("GET", "/v3/projects?is_domain=1", "admin").json["projects"]]
    make(cloud, domain_id=domain["id"])
    assert message(cloud, "DELETE", path)[1] == "Cannot delete a domain that is enabled, please disable it first."
    assert patch(cloud, domain["id"], enabled=False) == 200
    assert cloud.call("DELETE", path, "admin").status == 204
    assert rows("SELECT 1 FROM identity_projects WHERE domain_id = ?", (domain["id"],)) == []


def test_a_domain_keeps_the_id_it_is_given(cloud: Cloud) -> None:
    made = make(cloud, "domain", explicit_domain_id="0" * 32)
    assert (made["id"], "explicit_domain_id" in made) == ("0" * 32, False)
    for wrong, status in (("0" * 32, 409), ("short", 400)):
        body = {"domain": {"name": "other", "explicit_domain_id": wrong}}
        assert cloud.call("POST", "/v3/domains", "admin", body).status == status


def test_a_domain_goes_with_all_that_is_in_it_and_says_so(cloud: Cloud) -> None:
    heard: list[Event] = []
    cloud.identity.bus.subscribe("*", heard.append)
    domain = make(cloud, "domain")["id"]
    top = make(cloud, domain_id=domain)["id"]
    below = make(cloud, domain_id=domain, parent_id=top)["id"]
    user = cloud.call("POST", "/v3/users", "admin", {"user": {"name": "x", "domain_id": domain}}).json["user"]["id"]
    group = cloud.call("POST", "/v3/groups", "admin", {"group": {"name": "x", "domain_id": domain}}).json["group"]["id"]
    role = cloud.call("POST", "/v3/roles", "admin", {"role": {"name": "x", "domain_id": domain}}).json["role"]["id"]
    for path in (f"groups/{group}/users/{cloud.ids['member']}", f"projects/{below}/groups/{group}/roles/{role}"):
        assert cloud.call("PUT", f"/v3/{path}", "admin").status == 204
    assert cloud.call("PATCH", f"/v3/domains/{domain}", "admin", {"domain": {"enabled": False}}).status == 200
    assert cloud.call("DELETE", f"/v3/domains/{domain}", "admin").status == 204
    for path in (f"projects/{below}", f"users/{user}", f"groups/{group}", f"roles/{role}", f"domains/{domain}"):
        assert cloud.call("GET", f"/v3/{path}", "admin").status == 404
    assert rows("SELECT 1 FROM identity_assignments WHERE target_id = ?", (below,)) == []
    cloud.deliver()
    said = [(event.kind, event.subject) for event in heard]
    assert said[0] == ("domain.disabled", domain)
    assert said[1:] == [
        ("project.deleted", below), ("project.deleted", top), ("user.deleted", user), ("domain.deleted", domain),
    ]  # fmt: skip


def test_switching_is_news(cloud: Cloud) -> None:
    heard: list[str] = []
    cloud.identity.bus.subscribe("*", lambda event: heard.append(f"{event.kind} {event.subject}"))
    project = cloud.ids["project"]
    for enabled in (False, False, True):
        assert patch(cloud, project, enabled=enabled) == 200
    assert patch(cloud, project, description="no news") == 200
    cloud.deliver()
    assert heard == [f"project.disabled {project}", f"project.enabled {project}"]


def test_a_page_says_where_the_next_one_is_and_that_it_is_one(shared_cloud: Cloud) -> None:
    page = shared_cloud.call("GET", "/v3/projects?limit=1&enabled=1", "admin").json
    assert page["truncated"] is True
    assert page["links"]["self"].endswith("/v3/projects?limit=1&enabled=1")
    assert page["links"]["next"].endswith(f"/v3/projects?limit=1&enabled=1&marker={page['projects'][0]['id']}")
    whole = shared_cloud.call("GET", "/v3/projects", "admin").json
    assert ("truncated" in whole, whole["links"]["self"]) == (False, "http://cloud.test/identity/v3/projects")
