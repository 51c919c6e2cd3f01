"""GET /v3/auth/{projects,domains,system,catalog}: what the holder of a token may go on to, in every way there is."""

from typing import Any

import pytest

from stacklab.identity import grants, groups, projects
from tests.support.identity_cloud import Cloud


@pytest.fixture
def ana(cloud: Cloud) -> Cloud:
    """Somebody without any role, in a group without any."""
    cloud.user("ana")
    group = groups.create({"domain_id": "default", "name": "friends"}, {})
    groups.add(group, cloud.ids["ana"])
    cloud.ids["friends"] = group.id
    cloud.tokens["ana"] = cloud.token("ana")
    return cloud


def entered(cloud: Cloud, noun: str) -> list[str]:
    listed = cloud.call("GET", f"/v3/auth/{noun}", "ana").json
    assert listed["links"]["self"] == f"http://cloud.test/identity/v3/auth/{noun}"
    return sorted(thing["name"] for thing in listed[noun])


def can_enter(cloud: Cloud, scope: Any) -> bool:
    return cloud.login("ana", scope).status == 201


@pytest.mark.parametrize("actor", ["ana", "friends"])
@pytest.mark.parametrize(
    ("kind", "target", "inherited", "found"),
    [
        ("project", "project", False, {"projects": ["project"]}),
        ("domain", "domain", False, {"domains": ["Default"]}),
        ("domain", "domain", True, {"projects": ["admin", "below", "elsewhere", "project"]}),
        ("project", "project", True, {"projects": ["below"]}),
        ("project", "domain", False, {"projects": ["Default"]}),  # the project that acts as the domain
    ],
)
def test_roles_of_every_way(
    ana: Cloud, actor: str, kind: str, target: str, inherited: bool, found: dict[str, list[str]]
) -> None:
    below = projects.create({"domain_id": "default", "name": "below", "parent_id": ana.ids["project"]}, {})
    actor_kind = "user" if actor == "ana" else "group"
    grants.add(actor_kind, ana.ids[actor], kind, ana.ids[target], ana.made.roles["reader"], inherited)
    assert entered(ana, "projects") == found.get("projects", [])
    assert entered(ana, "domains") == found.get("domains", [])
    assert can_enter(ana, {"project": {"id": below.id}}) is ("below" in found.get("projects", []))
    assert can_enter(ana, {"project": {"id": ana.ids["project"]}}) is ("project" in found.get("projects", []))
    assert can_enter(ana, {"domain": {"id": "default"}}) is ("domains" in found)


@pytest.mark.parametrize("actor", ["ana", "friends"])
def test_the_system(ana: Cloud, actor: str) -> None:
    assert ana.call("GET", "/v3/auth/system", "ana").json["system"] == []
    kind = "user" if actor == "ana" else "group"
    grants.add(kind, ana.ids[actor], "system", "system", ana.made.roles["reader"])
    assert ana.call("GET", "/v3/auth/system", "ana").json["system"] == [{"all": True}]
    assert can_enter(ana, {"system": {"all": True}})


def test_what_is_disabled_is_not_entered(ana: Cloud) -> None:
    grants.add("user", ana.ids["ana"], "project", ana.ids["elsewhere"], ana.made.roles["reader"])
    body = {"project": {"enabled": False}}
    assert ana.call("PATCH", f"/v3/projects/{ana.ids['elsewhere']}", "admin", body).status == 200
    assert entered(ana, "projects") == []
    assert not can_enter(ana, {"project": {"id": ana.ids["elsewhere"]}})


def test_the_catalogue_is_the_tokens(shared_cloud: Cloud) -> None:
    token = shared_cloud.tokens["member"]
    shown = shared_cloud.call("GET", "/v3/auth/tokens", token, x_subject_token=token).json["token"]["catalog"]
    assert shared_cloud.call("GET", "/v3/auth/catalog", token).json["catalog"] == shown
    refused = shared_cloud.call("GET", "/v3/auth/catalog", "unscoped")
    words = "A project-scoped token is required to produce a service catalog."
    assert (refused.status, refused.json["error"]["message"]) == (403, words)
