"""GET, HEAD and DELETE /v3/auth/tokens, and what the holder of a token may enter."""

import pytest

from tests.support.identity_cloud import Cloud


@pytest.mark.parametrize(
    ("persona", "status"),
    [("member", 200), ("unscoped", 200), ("stranger", 403), ("manager", 403), ("auditor", 200), ("admin", 200)],
)
def test_who_may_validate_a_members_token(shared_cloud: Cloud, persona: str, status: int) -> None:
    subject = shared_cloud.tokens["member"]
    answer = shared_cloud.call("GET", "/v3/auth/tokens", persona, x_subject_token=subject)
    assert answer.status == status
    if status == 200:
        assert answer.headers["x-subject-token"] == subject
        assert answer.json["token"]["user"]["name"] == "member"
        assert answer.json["token"]["catalog"]


def test_head_has_no_body(shared_cloud: Cloud) -> None:
    answer = shared_cloud.call("HEAD", "/v3/auth/tokens", "admin", x_subject_token=shared_cloud.tokens["member"])
    assert (answer.status, answer.raw) == (200, b"")


def test_validation_says_what_issuing_said(cloud: Cloud) -> None:
    issued = cloud.login("member", {"project": {"id": cloud.ids["project"]}})
    token = issued.headers["x-subject-token"]
    assert cloud.call("GET", "/v3/auth/tokens", token, x_subject_token=token).json == issued.json


@pytest.mark.parametrize(("persona", "status"), [("stranger", 403), ("auditor", 403), ("member", 204), ("admin", 204)])
def test_who_may_revoke(cloud: Cloud, persona: str, status: int) -> None:
    subject = cloud.token("member", "unscoped")
    assert cloud.call("DELETE", "/v3/auth/tokens", persona, x_subject_token=subject).status == status
    assert cloud.call("GET", "/v3/auth/projects", subject).status == (401 if status == 204 else 200)
    assert cloud.call("GET", "/v3/auth/projects", "member").status == 200


@pytest.mark.parametrize(
    ("persona", "projects", "domains", "system"),
    [
        ("member", ["project"], [], []),
        ("stranger", ["elsewhere"], [], []),
        ("warden", [], ["Default"], []),
        ("system", ["admin"], [], [{"all": True}]),
    ],
)
def test_what_one_may_enter(
    shared_cloud: Cloud, persona: str, projects: list[str], domains: list[str], system: list[dict[str, bool]]
) -> None:
    def listed(noun: str) -> list[str]:
        return [thing["name"] for thing in shared_cloud.call("GET", f"/v3/auth/{noun}", persona).json[noun]]

    assert listed("projects") == projects
    assert listed("domains") == domains
    assert shared_cloud.call("GET", "/v3/auth/system", persona).json["system"] == system


def test_the_catalogue_alone(shared_cloud: Cloud) -> None:
    catalog = shared_cloud.call("GET", "/v3/auth/catalog", "member").json["catalog"]
    assert sorted(s["name"] for s in catalog) == ["glance", "keystone", "neutron", "nova", "placement", "swift"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v3/nothing", 404), ("PUT", "/v3/users", 405)])
def test_what_is_not_there(shared_cloud: Cloud, method: str, path: str, status: int) -> None:
    assert shared_cloud.call(method, path, "admin").status == status
    assert shared_cloud.call(method, path).status == 401
