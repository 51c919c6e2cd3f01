"""POST /v3/auth/tokens: who gets in, with what scope, and what a refusal says."""

from typing import Any

import pytest

from stacklab.core import clock
from stacklab.identity import users
from tests.support.identity_cloud import PASSWORD, Cloud

REFUSED = "The request you have made requires authentication."


def by_password(**user: Any) -> dict[str, Any]:
    return {"methods": ["password"], "password": {"user": {"password": PASSWORD, **user}}}


def auth(cloud: Cloud, identity: Any, scope: Any = None) -> Any:
    body = {"identity": identity, **({"scope": scope} if scope is not None else {})}
    return cloud.call("POST", "/v3/auth/tokens", body={"auth": body})


def test_the_body_of_a_project_token(shared_cloud: Cloud) -> None:
    project = {"name": "project", "domain": {"name": "Default"}}
    answer = auth(shared_cloud, by_password(name="member", domain={"name": "Default"}), {"project": project})
    token = answer.json["token"]
    assert answer.status == 201
    assert answer.headers["vary"] == "X-Auth-Token"
    assert token["user"] == {
        "id": shared_cloud.ids["member"],
        "name": "member",
        "domain": {"id": "default", "name": "Default"},
        "password_expires_at": None,
    }
    assert token["project"] == {
        "id": shared_cloud.ids["project"],
        "name": "project",
        "domain": {"id": "default", "name": "Default"},
    }
    assert token["is_domain"] is False
    assert token["methods"] == ["password"]
    assert [role["name"] for role in token["roles"]] == ["member", "reader"]
    assert len(token["audit_ids"]) == 1
    assert clock.parse(token["expires_at"]) - clock.parse(token["issued_at"]) == 24 * 3600 * clock.SECOND


def test_the_catalogue_is_ours_at_the_address_we_were_called_by(shared_cloud: Cloud) -> None:
    catalog = shared_cloud.login("member", {"project": {"id": shared_cloud.ids["project"]}}).json["token"]["catalog"]
    urls = {service["type"]: {e["url"] for e in service["endpoints"]} for service in catalog}
    assert urls == {
        "identity": {"http://cloud.test/identity/v3"},
        "object-store": {f"http://cloud.test/object-store/v1/AUTH_{shared_cloud.ids['project']}"},
        "compute": {"http://cloud.test/compute/v2.1"},
        "network": {"http://cloud.test/network"},
        "image": {"http://cloud.test/image"},
        "placement": {"http://cloud.test/placement"},
    }
    assert {e["interface"] for e in catalog[0]["endpoints"]} == {"public", "internal", "admin"}
    assert {e["region"] for e in catalog[0]["endpoints"]} == {"RegionOne"}


def test_nocatalog_leaves_it_out(shared_cloud: Cloud) -> None:
    body = {"auth": {"identity": by_password(id=shared_cloud.ids["warden"]), "scope": {"domain": {"name": "Default"}}}}
    token = shared_cloud.call("POST", "/v3/auth/tokens?nocatalog", body=body).json["token"]
    assert "catalog" not in token
    assert token["domain"] == {"id": "default", "name": "Default"}


def test_a_system_token(shared_cloud: Cloud) -> None:
    token = shared_cloud.login("auditor", {"system": {"all": True}}).json["token"]
    assert token["system"] == {"all": True}
    assert "project" not in token


@pytest.mark.parametrize("scope", ["unscoped", {"unscoped": {}}, None])
def test_a_token_without_scope_has_no_roles(shared_cloud: Cloud, scope: Any) -> None:
    token = auth(shared_cloud, by_password(id=shared_cloud.ids["member"]), scope).json["token"]
    assert not {"project", "domain", "system", "roles", "catalog"} & set(token)


def test_without_a_scope_the_default_project_is_taken_while_it_works(cloud: Cloud) -> None:
    user = users.find(cloud.ids["member"])
    assert user is not None
    users.update(cloud.identity, user, {"default_project_id": cloud.ids["project"]}, {})
    assert cloud.login("member").json["token"]["project"]["name"] == "project"
    users.update(cloud.identity, user, {"default_project_id": cloud.ids["elsewhere"]}, {})
    assert "project" not in cloud.login("member").json["token"]


REFUSALS: dict[str, tuple[dict[str, Any], Any]] = {
    "wrong password": (by_password(name="member", domain={"id": "default"}, password="wrong"), None),
    "unknown name": (by_password(name="nobody", domain={"id": "default"}), None),
    "unknown id": (by_password(id="nobody"), None),
    "unknown domain": (by_password(name="member", domain={"name": "nowhere"}), None),
    "no role there": (by_password(name="member", domain={"id": "default"}), {"project": {"id": "{elsewhere}"}}),
    "no such project": (by_password(name="member", domain={"id": "default"}), {"project": {"id": "missing"}}),
    "no role on the domain": (by_password(name="member", domain={"id": "default"}), {"domain": {"id": "default"}}),
    "no role on the system": (by_password(name="member", domain={"id": "default"}), {"system": {"all": True}}),
    "unknown application credential": (
        {"methods": ["application_credential"], "application_credential": {"id": "missing", "secret": "x"}},
        None,
    ),
}


@pytest.mark.parametrize(("identity", "scope"), REFUSALS.values(), ids=list(REFUSALS))
def test_a_refusal_does_not_say_why(shared_cloud: Cloud, identity: Any, scope: Any) -> None:
    if scope and "project" in scope:
        scope = {"project": {"id": scope["project"]["id"].format(**shared_cloud.ids)}}
    answer = auth(shared_cloud, identity, scope)
    assert answer.status == 401
    assert answer.json["error"] == {"code": 401, "title": "Unauthorized", "message": REFUSED}
    assert answer.headers["www-authenticate"] == 'Keystone uri="http://cloud.test/identity"'


@pytest.mark.parametrize(
    ("identity", "status"),
    [
        ({"methods": ["password"]}, 400),
        ({"methods": []}, 401),
        ({}, 400),
        ({"methods": ["external"], "external": {}}, 401),
        ({"methods": ["totp"]}, 400),
        ({"methods": ["password"], "password": {}}, 400),
        ({"methods": ["password"], "password": {"user": {"password": "x"}}}, 400),
        ({"methods": ["application_credential"], "application_credential": {"secret": "x"}}, 400),
        ({"methods": ["application_credential"], "application_credential": {"name": "x", "secret": "x"}}, 400),
        ({"methods": ["password"], "password": {"user": {"name": "member", "password": "x"}}}, 400),
        ({"methods": ["password"], "password": {"user": {"id": 5, "password": "x"}}}, 400),
        ({"methods": ["password"], "password": {"user": {"id": "x", "password": "x" * 5000}}}, 400),
        ({"methods": ["saml2"]}, 401),
        ({"methods": ["token"], "token": {"id": "forged"}}, 404),
        ("password", 400),
    ],
)
def test_bad_bodies(shared_cloud: Cloud, identity: Any, status: int) -> None:
    assert auth(shared_cloud, identity).status == status


def test_a_scope_is_one_thing(shared_cloud: Cloud) -> None:
    scope = {"domain": {"id": "default"}, "system": {"all": True}}
    assert auth(shared_cloud, by_password(id=shared_cloud.ids["member"]), scope).status == 400


def test_a_token_rescopes_but_lives_no_longer(cloud: Cloud) -> None:
    started = clock.now()
    first = cloud.login("member", "unscoped")
    clock.use(lambda: started + 3600 * clock.SECOND)
    try:
        proof = {"methods": ["token"], "token": {"id": first.headers["x-subject-token"]}}
        second = auth(cloud, proof, {"project": {"id": cloud.ids["project"]}})
    finally:
        clock.use(None)
    assert second.status == 201
    before, after = first.json["token"], second.json["token"]
    assert after["expires_at"] == before["expires_at"]
    assert after["methods"] == ["password", "token"]
    assert after["audit_ids"][1:] == before["audit_ids"]


def test_two_methods_must_mean_the_same_person(shared_cloud: Cloud) -> None:
    def both(persona: str) -> Any:
        proof = by_password(id=shared_cloud.ids["member"]) | {"token": {"id": shared_cloud.tokens[persona]}}
        return auth(shared_cloud, {**proof, "methods": ["password", "token"]})

    assert both("unscoped").status == 201
    assert both("stranger").status == 401


def test_names_are_found_in_small_letters_too(cloud: Cloud) -> None:
    cloud.identity.admit("ana@example.org", PASSWORD)
    assert cloud.login("Ana@Example.org").status == 201


def test_an_expired_token_is_refused(cloud: Cloud) -> None:
    assert cloud.call("GET", "/v3/auth/projects", "member").status == 200
    later = clock.now() + 25 * 3600 * clock.SECOND
    clock.use(lambda: later)
    try:
        assert cloud.call("GET", "/v3/auth/projects", "member").status == 401
    finally:
        clock.use(None)


def test_passwords_move_to_the_cost_the_settings_ask_for(cloud: Cloud) -> None:
    user = users.find(cloud.ids["member"])
    assert user is not None
    assert user.password is not None
    cloud.identity.settings.identity.password_time_cost = 2
    dearer = cloud.restart().passwords
    cloud.identity.settings.identity.password_time_cost = 1
    assert dearer.outdated(user.password)
    cloud.identity.passwords = dearer
    cloud.token("member")
    moved = users.find(user.id)
    assert moved is not None
    assert moved.password is not None
    assert not dearer.outdated(moved.password)
