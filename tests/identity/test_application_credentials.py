"""Application credentials, from the user who makes one to the program that logs in with it."""

from typing import Any

import pytest

from stacklab.core import clock
from stacklab.core.db.database import change, transaction
from stacklab.identity import application_credentials
from stacklab.identity.model import Role
from tests.support.api import Answer
from tests.support.identity_cloud import Cloud


def make(cloud: Cloud, persona: str = "member", **fields: Any) -> Answer:
    path = f"/v3/users/{cloud.identity.check(cloud.tokens.get(persona, persona)).user_id}/application_credentials"
    return cloud.call("POST", path, persona, {"application_credential": {"name": "robot", **fields}})


def login(cloud: Cloud, credential: Any, scope: Any = None) -> Answer:
    auth: dict[str, Any] = {
        "identity": {"methods": ["application_credential"], "application_credential": credential},
        **({"scope": scope} if scope else {}),
    }
    return cloud.call("POST", "/v3/auth/tokens", body={"auth": auth})


def test_by_id_and_by_name(cloud: Cloud) -> None:
    made = make(cloud, description="a robot").json["application_credential"]
    assert made["project_id"] == cloud.ids["project"]
    assert [role["name"] for role in made["roles"]] == ["member", "reader"]
    assert made["unrestricted"] is False
    user = {"name": "member", "domain": {"id": "default"}}
    for way in ({"id": made["id"]}, {"name": "robot", "user": user}):
        answer = login(cloud, {**way, "secret": made["secret"]})
        assert answer.status == 201, answer.raw
        token = answer.json["token"]
        assert token["project"]["id"] == cloud.ids["project"]
        assert token["methods"] == ["application_credential"]
        assert token["application_credential"] == {"id": made["id"], "name": "robot", "restricted": True}


def test_the_secret_is_shown_once_and_not_kept(cloud: Cloud) -> None:
    made = make(cloud).json["application_credential"]
    path = f"/v3/users/{cloud.ids['member']}/application_credentials"
    assert "secret" not in cloud.call("GET", f"{path}/{made['id']}", "member").json["application_credential"]
    assert "secret" not in cloud.call("GET", path, "member").json["application_credentials"][0]
    assert made["secret"].encode() not in (cloud.state / "test.db").read_bytes()


def test_naming_a_role_often_asks_the_database_no_oftener(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Role, "get_or_none", None)
    assert make(cloud, roles=[{"name": "admin"}] * 1000).status == 400


def test_fewer_roles(cloud: Cloud) -> None:
    made = make(cloud, roles=[{"name": "reader"}]).json["application_credential"]
    token = login(cloud, {"id": made["id"], "secret": made["secret"]}).json["token"]
    assert [role["name"] for role in token["roles"]] == ["reader"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"roles": [{"name": "admin"}]}, 400),
        ({"roles": [{"name": "manager"}]}, 400),
        ({"roles": [{"id": "missing"}]}, 400),
        ({"name": ""}, 400),
        ({"name": "x" * 256}, 400),
        ({"expires_at": "yesterday"}, 400),
        ({"expires_at": "2001-01-01T00:00:00"}, 400),
        ({"access_rules": [{"service": "compute", "method": "GET"}]}, 400),
        ({"access_rules": [{"service": "compute", "method": "TRACE", "path": "/v2.1/servers"}]}, 400),
        ({"access_rules": [{"service": "compute", "method": "GET", "path": "v2.1/servers"}]}, 400),
        ({"access_rules": [{"id": "missing"}]}, 404),
        ({"access_rules": [{"service": "x", "method": "GET", "path": f"/{n}"} for n in range(33)]}, 403),
        ({"access_rules": [{"service": "x", "method": "GET", "path": f"/{n:0224}"} for n in range(20)]}, 403),
        ({"roles": [{"name": "missing"}]}, 404),
        ({"colour": "red"}, 400),
    ],
)
def test_what_cannot_be_had(shared_cloud: Cloud, fields: dict[str, Any], status: int) -> None:
    assert make(shared_cloud, **fields).status == status


def test_a_name_is_taken_once(cloud: Cloud) -> None:
    assert make(cloud).status == 201
    assert make(cloud).status == 409
    assert make(cloud, "manager").status == 201


@pytest.mark.parametrize("wrong", [{"secret": "wrong"}, {"id": "missing"}])
def test_a_wrong_one(cloud: Cloud, wrong: dict[str, str]) -> None:
    made = make(cloud).json["application_credential"]
    assert login(cloud, {"id": made["id"], "secret": made["secret"], **wrong}).status == 401


def test_its_token_goes_nowhere_else(cloud: Cloud) -> None:
    made = make(cloud).json["application_credential"]
    proof = {"id": made["id"], "secret": made["secret"]}
    assert login(cloud, proof, {"project": {"id": cloud.ids["project"]}}).status == 401  # not even there, by name
    assert login(cloud, proof, {"project": {"id": cloud.ids["elsewhere"]}}).status == 401
    assert login(cloud, proof, "unscoped").status == 401
    token = login(cloud, proof).headers["x-subject-token"]
    exchange = {"auth": {"identity": {"methods": ["token"], "token": {"id": token}}}}
    assert cloud.call("POST", "/v3/auth/tokens", body=exchange).status == 403


@pytest.mark.parametrize(("unrestricted", "created", "deleted"), [(False, 403, 403), (True, 201, 204)])
def test_only_an_unrestricted_one_manages_others(cloud: Cloud, unrestricted: bool, created: int, deleted: int) -> None:
    made = make(cloud, unrestricted=unrestricted).json["application_credential"]
    token = login(cloud, {"id": made["id"], "secret": made["secret"]}).headers["x-subject-token"]
    assert make(cloud, token, name="child").status == created
    path = f"/v3/users/{cloud.ids['member']}/application_credentials/{made['id']}"
    assert cloud.call("DELETE", path, token).status == deleted


def test_deleting_it_ends_its_tokens_and_no_others(cloud: Cloud) -> None:
    made = make(cloud).json["application_credential"]
    token = login(cloud, {"id": made["id"], "secret": made["secret"]}).headers["x-subject-token"]
    path = f"/v3/users/{cloud.ids['member']}/application_credentials/{made['id']}"
    assert cloud.call("DELETE", path, "member").status == 204
    assert cloud.call("GET", "/v3/auth/projects", token).status == 401
    assert cloud.call("GET", "/v3/auth/projects", "member").status == 200


def test_it_ends_with_the_role_it_rests_on(cloud: Cloud) -> None:
    made = make(cloud).json["application_credential"]
    path = f"/v3/projects/{cloud.ids['project']}/users/{cloud.ids['member']}/roles/{cloud.made.roles['member']}"
    assert cloud.call("DELETE", path, "admin").status == 204
    assert cloud.call("PUT", path, "admin").status == 204
    assert login(cloud, {"id": made["id"], "secret": made["secret"]}).status == 401


def test_its_end_is_its_tokens_end(cloud: Cloud) -> None:
    soon = clock.now() + 60 * clock.SECOND
    made = make(cloud, expires_at=clock.naive_us(soon)).json["application_credential"]
    proof = {"id": made["id"], "secret": made["secret"]}
    answer = login(cloud, proof)
    assert clock.parse(answer.json["token"]["expires_at"]) == soon
    clock.use(lambda: soon)
    try:
        assert login(cloud, proof).status == 401
        assert cloud.call("GET", "/v3/auth/projects", answer.headers["x-subject-token"]).status == 401
    finally:
        clock.use(None)


def test_one_that_may_make_others_makes_none_that_can_more(cloud: Cloud) -> None:
    """Not what its user could have, but what it has itself, is the most that it can hand on."""
    made = make(cloud, roles=[{"name": "reader"}], unrestricted=True).json["application_credential"]
    cloud.tokens["robot"] = login(cloud, {"id": made["id"], "secret": made["secret"]}).headers["x-subject-token"]
    assert make(cloud, "robot", name="more", roles=[{"name": "member"}]).status == 400
    member = cloud.call("GET", "/v3/roles?name=member", "admin").json["roles"][0]["id"]
    assert make(cloud, "robot", name="more", roles=[{"id": member}]).status == 400
    assert make(cloud, "robot", name="same", roles=[{"name": "reader"}]).status == 201


def test_a_user_has_so_many(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application_credentials, "MOST", 2)
    made = [make(cloud, name=name).json["application_credential"]["id"] for name in ("one", "two")]
    answer = make(cloud, name="three")
    assert (answer.status, b"at most 2" in answer.raw) == (403, True)
    assert make(cloud, "manager").status == 201
    path = f"/v3/users/{cloud.ids['member']}/application_credentials/{made[0]}"
    assert cloud.call("DELETE", path, "member").status == 204
    assert make(cloud, name="three").status == 201


def test_a_random_secret_is_quick_to_check_and_a_made_up_one_slow(cloud: Cloud) -> None:
    """Neither is stored as it is; a secret of before moves to the quick way when it is seen."""

    def stored() -> str:
        (found,) = application_credentials.of(cloud.ids["member"])
        return str(found.secret)

    path = f"/v3/users/{cloud.ids['member']}/application_credentials/"
    first = make(cloud, secret="made up").json["application_credential"]
    assert stored().startswith("$argon2id$")
    assert login(cloud, {"id": first["id"], "secret": "made up"}).status == 201
    assert stored().startswith("$argon2id$")
    cloud.call("DELETE", path + first["id"], "member")
    made = make(cloud).json["application_credential"]
    assert stored().startswith("sha256$")
    with transaction():
        change(
            "UPDATE identity_application_credentials SET secret = ?", (cloud.identity.passwords.hash(made["secret"]),)
        )
    assert login(cloud, {"id": made["id"], "secret": "wrong" * 10}).status == 401
    assert login(cloud, {"id": made["id"], "secret": made["secret"]}).status == 201
    assert stored().startswith("sha256$")
    assert login(cloud, {"id": made["id"], "secret": made["secret"]}).status == 201
