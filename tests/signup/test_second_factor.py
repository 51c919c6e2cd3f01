"""TOTP: shown once, on with the first code, asked for by Keystone itself, and a way out for who lost the device."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from stacklab.core import clock
from stacklab.core.db.database import rows
from stacklab.identity import totp
from tests.support.api import Answer
from tests.support.signup_node import PASSWORD, Node

ANA = "ana@example.org"
Later = Callable[[float], None]


def code(secret: str) -> str:
    return totp.code(totp.seed(secret), clock.now() // totp.STEP)


def enter(node: Node, passcode: str | None = None) -> Answer:
    user: dict[str, Any] = {"name": ANA, "domain": {"id": "default"}}
    identity: dict[str, Any] = {"methods": ["password"], "password": {"user": {**user, "password": PASSWORD}}}
    if passcode is not None:
        identity["methods"].append("totp")
        identity["totp"] = {"user": {**user, "passcode": passcode}}
    return node.api.post("/identity/v3/auth/tokens", body={"auth": {"identity": identity}})


@pytest.fixture
def ana(node: Node, later: Later) -> str:
    """A token of a new account; time stands still."""
    node.signup()
    return node.token()


@pytest.fixture
def armed(node: Node, ana: str, later: Later) -> tuple[str, list[str]]:
    """The secret and the recovery codes of who has switched it on."""
    secret = node.post("/totp", None, ana).json["totp"]["secret"]
    answer = node.post("/totp/confirm", {"code": code(secret)}, ana)
    assert answer.status == 200
    later(30)
    return secret, answer.json["recovery_codes"]


def test_enrolling_changes_nothing_until_it_is_confirmed(node: Node, ana: str) -> None:
    answer = node.post("/totp", None, ana)
    assert answer.status == 201
    secret = answer.json["totp"]["secret"]
    assert len(base64.b32decode(secret)) == 20
    uri = urlparse(answer.json["totp"]["uri"])
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/StackLab%3Aana%40example.org")
    assert parse_qs(uri.query) == {"secret": [secret], "issuer": ["StackLab"], "digits": ["6"], "period": ["30"]}
    assert all(secret not in str(row) for row in rows("SELECT * FROM signup_totp"))
    assert node.post("/totp/confirm", {"code": "000000"}, ana).status == 400
    assert enter(node).status == 201
    assert node.api.get("/signup/account", ana).json["account"]["totp"] is False


def test_every_client_has_to_give_the_code(node: Node, ana: str, armed: tuple[str, list[str]]) -> None:
    secret, codes = armed
    assert len(set(codes)) == 10
    assert enter(node).status == 401
    assert enter(node, "000000").status == 401
    answer = enter(node, code(secret))
    assert answer.status == 201
    assert set(answer.json["token"]["methods"]) == {"password", "totp"}
    shown = node.api.get("/signup/account", ana).json["account"]
    assert (shown["totp"], shown["recovery_codes"]) == (True, 10)
    assert node.post("/totp", None, ana).status == 409
    assert node.post("/totp/confirm", {"code": code(secret)}, ana).status == 409


def test_the_code_that_confirmed_is_used(node: Node, ana: str) -> None:
    secret = node.post("/totp", None, ana).json["totp"]["secret"]
    assert node.post("/totp/confirm", {"code": code(secret)}, ana).status == 200
    assert enter(node, code(secret)).status == 401


def test_off_again(node: Node, ana: str, armed: tuple[str, list[str]]) -> None:
    assert node.post("/totp/disable", {"code": "123"}, ana).status == 400
    assert node.post("/totp/disable", {"code": code(armed[0])}, ana).status == 204
    assert enter(node).status == 201
    assert node.post("/totp/disable", {"code": armed[1][0]}, ana).status == 404
    for table in ("signup_totp", "signup_recovery", "identity_credentials"):
        assert rows(f"SELECT * FROM {table}") == []


def test_off_with_a_recovery_code(node: Node, ana: str, armed: tuple[str, list[str]]) -> None:
    assert node.post("/totp/disable", {"code": armed[1][3].upper().replace("-", " ")}, ana).status == 204
    assert enter(node).status == 201


def test_new_recovery_codes_void_the_old(node: Node, ana: str, armed: tuple[str, list[str]]) -> None:
    answer = node.post("/totp/codes", {"code": code(armed[0])}, ana)
    assert answer.status == 200
    lost = {"email": ANA, "password": PASSWORD, "code": armed[1][0]}
    assert node.post("/totp/recover", lost).status == 401
    assert node.post("/totp/recover", {**lost, "code": answer.json["recovery_codes"][0]}).status == 204


def test_a_lost_device(node: Node, armed: tuple[str, list[str]]) -> None:
    right = {"email": ANA, "password": PASSWORD, "code": armed[1][0]}
    wrong = [{**right, "password": "not the right one"}, {**right, "code": "aaaa-aaaa-aaaa-aaaa"},
             {**right, "email": "bob@example.org"}]  # fmt: skip
    answers = [node.post("/totp/recover", body) for body in wrong]
    assert [answer.status for answer in answers] == [401] * 3
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1
    assert len({answer.json["error"]["message"] for answer in answers}) == 1
    assert node.post("/totp/recover", right).status == 204
    assert enter(node).status == 201


def test_codes_are_not_guessed_through(node: Node, ana: str, armed: tuple[str, list[str]]) -> None:
    answers = [node.post("/totp/disable", {"code": f"{n:06}"}, ana).status for n in range(11)]
    assert answers == [400] * 10 + [429]


def test_who_removes_the_credential_by_keystone_can_recover(node: Node, armed: tuple[str, list[str]]) -> None:
    admin = node.token("admin")
    (found,) = node.api.get("/identity/v3/credentials", admin).json["credentials"]
    assert found["type"] == "totp"
    assert node.api.call("DELETE", f"/identity/v3/credentials/{found['id']}", admin).status == 204
    assert enter(node, code(armed[0])).status == 401
    assert node.post("/totp/recover", {"email": ANA, "password": PASSWORD, "code": armed[1][0]}).status == 204
    assert enter(node).status == 201
