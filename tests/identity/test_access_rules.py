"""Access rules: made with application credentials, shared by them, and kept by every service."""

from typing import Any

import pytest

from stacklab.http.dispatch import Mount
from stacklab.http.faults import NOVA
from stacklab.http.reply import Reply, ok
from stacklab.http.request import Request
from stacklab.http.routes import Route, Table
from tests.support.api import Answer
from tests.support.identity_cloud import Cloud

LIST = {"service": "compute", "method": "GET", "path": "/v2.1/servers"}
ONE = {"service": "compute", "method": "GET", "path": "/v2.1/servers/{id}"}
PROJECTS = {"service": "identity", "method": "GET", "path": "/v3/auth/projects"}


def make(cloud: Cloud, name: str, rules: Any, persona: str = "member", **more: Any) -> Answer:
    path = f"/v3/users/{cloud.ids['member']}/application_credentials"
    return cloud.call("POST", path, persona, {"application_credential": {"name": name, "access_rules": rules, **more}})


def login(cloud: Cloud, made: Any) -> str:
    proof = {"id": made["id"], "secret": made["secret"]}
    identity = {"methods": ["application_credential"], "application_credential": proof}
    return cloud.call("POST", "/v3/auth/tokens", body={"auth": {"identity": identity}}).headers["x-subject-token"]


def rules_of(cloud: Cloud, persona: str = "member", query: str = "") -> list[dict[str, Any]]:
    found = cloud.call("GET", f"/v3/users/{cloud.ids['member']}/access_rules{query}", persona)
    return list(found.json["access_rules"])


@pytest.fixture
def with_compute(cloud: Cloud) -> Cloud:
    def answer(_service: Any, request: Request) -> Reply:
        return ok({"user": request.ctx.user_id})

    routes = [Route(m, p, answer) for m in ("GET", "POST") for p in ("/v2.1/servers", "/v2.1/servers/{id}")]
    cloud.api.app.mounts["compute"] = Mount(
        "/compute", None, Table([*routes, Route("GET", "/", answer, public=True)]), NOVA
    )
    return cloud


def test_they_are_shown_with_the_credential_and_by_themselves(cloud: Cloud) -> None:
    made = make(cloud, "robot", [LIST, ONE]).json["application_credential"]
    listed = rules_of(cloud)
    assert sorted(rule["path"] for rule in listed) == [LIST["path"], ONE["path"]]
    bare = [{k: v for k, v in rule.items() if k != "links"} for rule in listed]
    assert sorted(made["access_rules"], key=lambda r: str(r["id"])) == bare
    path = f"/v3/users/{cloud.ids['member']}/access_rules/{bare[0]['id']}"
    assert cloud.call("GET", path, "member").json == {"access_rule": listed[0]}
    assert listed[0]["links"]["self"] == f"http://cloud.test/identity{path}"
    shown = cloud.call("GET", f"/v3/users/{cloud.ids['member']}/application_credentials/{made['id']}", "member").json
    assert shown["application_credential"]["access_rules"] == bare
    assert [r["path"] for r in rules_of(cloud, query="?path=/v2.1/servers")] == [LIST["path"]]
    assert rules_of(cloud, query="?service=image") == []


def test_one_rule_serves_many_credentials_and_outlives_them(cloud: Cloud) -> None:
    first = make(cloud, "one", [LIST]).json["application_credential"]
    (rule,) = first["access_rules"]
    for name, asked in (("two", LIST), ("three", {"id": rule["id"]}), ("four", rule)):
        assert make(cloud, name, [asked]).json["application_credential"]["access_rules"] == [rule]
    path = f"/v3/users/{cloud.ids['member']}"
    refused = cloud.call("DELETE", f"{path}/access_rules/{rule['id']}", "member")
    assert (refused.status, refused.json["error"]["message"]) == (403, "May not delete access rule in use")
    for made in cloud.call("GET", f"{path}/application_credentials", "member").json["application_credentials"]:
        assert cloud.call("DELETE", f"{path}/application_credentials/{made['id']}", "member").status == 204
    assert len(rules_of(cloud)) == 1
    assert cloud.call("DELETE", f"{path}/access_rules/{rule['id']}", "member").status == 204
    assert cloud.call("GET", f"{path}/access_rules/{rule['id']}", "member").status == 404


def test_somebody_elses_rule_is_none(cloud: Cloud) -> None:
    (rule,) = make(cloud, "robot", [LIST]).json["application_credential"]["access_rules"]
    body = {"application_credential": {"name": "x", "access_rules": [{"id": rule["id"]}]}}
    path = f"/v3/users/{cloud.ids['stranger']}"
    assert cloud.call("POST", f"{path}/application_credentials", "stranger", body).status == 404
    assert cloud.call("GET", f"{path}/access_rules/{rule['id']}", "stranger").status == 404
    assert cloud.call("DELETE", f"{path}/access_rules/{rule['id']}", "stranger").status == 404


def test_they_go_with_their_user(cloud: Cloud) -> None:
    make(cloud, "robot", [LIST])
    assert cloud.call("DELETE", f"/v3/users/{cloud.ids['member']}", "admin").status == 204
    assert rules_of(cloud, "system") == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/compute/v2.1/servers", 200),
        ("GET", "/compute/v2.1/servers/1", 200),
        ("POST", "/compute/v2.1/servers", 401),
        ("GET", "/compute/v2.1/nothing", 401),
        ("GET", "/compute/", 200),
        ("GET", "/identity/v3/auth/projects", 200),
        ("GET", "/identity/v3/auth/domains", 401),
        ("GET", "/identity/v3", 200),
    ],
)
def test_every_service_keeps_them(with_compute: Cloud, method: str, path: str, status: int) -> None:
    made = make(with_compute, "robot", [LIST, ONE, PROJECTS]).json["application_credential"]
    answer = with_compute.api.call(method, path, login(with_compute, made))
    assert answer.status == status
    if status == 401:
        assert answer.json["error"]["code"] == 401
        assert "www-authenticate" in answer.headers


def test_a_service_goes_on_with_what_was_allowed(with_compute: Cloud) -> None:
    """Its own token beside the user's says that the user did not ask this themself."""
    cloud = with_compute
    cloud.user("nova", "service", cloud.ids["project"])
    service = cloud.token("nova", {"project": {"id": cloud.ids["project"]}})
    token = login(cloud, make(cloud, "robot", [PROJECTS]).json["application_credential"])

    def status(along: str) -> int:
        return cloud.api.get("/compute/v2.1/servers", token, headers={"x-service-token": along}).status

    assert status(service) == 200
    assert status(cloud.tokens["member"]) == 401
    assert status("forged") == 401


def test_a_token_says_them_to_those_who_know_what_they_mean(cloud: Cloud) -> None:
    made = make(cloud, "robot", [PROJECTS]).json["application_credential"]
    token = login(cloud, made)

    def validated(**headers: str) -> Answer:
        return cloud.call("GET", "/v3/auth/tokens", token, x_subject_token=token, **headers)

    assert validated().status == 404
    assert validated(openstack_identity_access_rules="0.9").status == 404
    assert validated(openstack_identity_access_rules="one").status == 404
    answer = validated(openstack_identity_access_rules="1")
    assert answer.json["token"]["application_credential"]["access_rules"] == made["access_rules"]


def test_who_is_confined_makes_nothing_freer(cloud: Cloud) -> None:
    create = {
        "service": "identity",
        "method": "POST",
        "path": f"/v3/users/{cloud.ids['member']}/application_credentials",
    }
    made = make(cloud, "robot", [create, LIST], unrestricted=True).json["application_credential"]
    token = login(cloud, made)
    assert make(cloud, "free", [], token).status == 403
    assert make(cloud, "other", [ONE], token).status == 403
    assert make(cloud, "same", [LIST], token).status == 201
    assert make(cloud, "by-id", [{"id": made["access_rules"][0]["id"]}], token).status == 201
