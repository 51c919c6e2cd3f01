"""Stored credentials: encrypted, one's own, changed in their blob only; and the key they are encrypted with."""

import hashlib
from typing import Any

import pytest

from stacklab.core.db.database import rows
from stacklab.identity import vault
from tests.support.api import Answer
from tests.support.identity_cloud import Cloud

PATH = "/v3/credentials"
KEY = '{"access": "AKIA", "secret": "s"}'


def store(cloud: Cloud, persona: str = "member", **fields: Any) -> Answer:
    owner = cloud.ids.get(persona, cloud.made.admin_user_id)
    given = {"type": "cert", "blob": "my secret", "user_id": owner, **fields}
    return cloud.call("POST", PATH, persona, {"credential": {k: v for k, v in given.items() if v is not ...}})


def change(cloud: Cloud, path: str, persona: str = "member", **fields: Any) -> Answer:
    return cloud.call("PATCH", path, persona, {"credential": fields})


def test_encrypted_and_private(cloud: Cloud) -> None:
    credential = store(cloud, note="kept").json["credential"]
    assert (credential["blob"], credential["user_id"]) == ("my secret", cloud.ids["member"])
    assert (credential["project_id"], credential["note"], credential["type"]) == (None, "kept", "cert")
    assert "my secret" not in str(rows("SELECT * FROM identity_credentials"))
    path = f"{PATH}/{credential['id']}"
    assert credential["links"]["self"].endswith(path)
    assert cloud.call("GET", path, "member").json["credential"] == credential
    assert cloud.call("GET", path, "auditor").status == 200
    assert cloud.call("GET", path, "manager").status == 403
    assert cloud.call("DELETE", path, "manager").status == 403
    assert change(cloud, path, "auditor", blob="x").status == 403
    assert cloud.call("DELETE", path, "member").status == 204
    assert cloud.call("GET", path, "admin").status == 404


def test_lists(cloud: Cloud) -> None:
    mine = store(cloud).json["credential"]["id"]
    other = store(cloud, "manager", type="totp").json["credential"]["id"]
    for persona, query, seen in (
        ("member", "", {mine}),
        ("manager", "", {other}),
        ("manager", f"?user_id={cloud.ids['member']}", set[str]()),
        ("auditor", "", {mine, other}),
        ("admin", "?type=totp", {other}),
        ("admin", f"?user_id={cloud.ids['member']}", {mine}),
    ):
        listed = cloud.call("GET", PATH + query, persona).json["credentials"]
        assert {credential["id"] for credential in listed} == seen, (persona, query)


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ({"user_id": ...}, 400, "user_id"),
        ({"blob": ...}, 400, "blob"),
        ({"blob": {"a": 1}}, 400, "blob"),
        ({"type": "ec2", "blob": KEY}, 400, "project_id"),
        ({"type": "ec2", "project_id": "p", "blob": "no JSON"}, 400, "Invalid blob in credential"),
        ({"type": "ec2", "project_id": "p", "blob": "[1]"}, 400, "Expecting to find blob in credential"),
        ({"type": "ec2", "project_id": "p", "blob": '{"secret": "s"}'}, 400, "Expecting to find access in credential"),
        ({"user_id": "missing"}, 403, ""),
    ],
)
def test_what_is_not_stored(shared_cloud: Cloud, fields: dict[str, Any], status: int, word: str) -> None:
    answer = store(shared_cloud, **fields)
    assert (answer.status, word in answer.json["error"]["message"]) == (status, True), answer.raw


def test_a_credential_has_an_owner(shared_cloud: Cloud) -> None:
    assert store(shared_cloud, "admin", user_id="missing").status == 404


def test_an_ec2_credential_is_found_by_its_access_key(cloud: Cloud) -> None:
    answer = store(cloud, type="ec2", blob=KEY, project_id=cloud.ids["project"])
    assert answer.json["credential"]["id"] == hashlib.sha256(b"AKIA").hexdigest()
    assert store(cloud, type="ec2", blob=KEY, project_id=cloud.ids["project"]).status == 409


def test_only_the_blob_changes(cloud: Cloud) -> None:
    credential = store(cloud).json["credential"]
    path = f"{PATH}/{credential['id']}"
    assert change(cloud, path, blob="new").json["credential"] == {**credential, "blob": "new"}
    for fields in ({"type": "ec2"}, {"blob": "x", "user_id": cloud.ids["member"]}, {}):
        assert change(cloud, path, **fields).status == 400
    assert cloud.call("GET", path, "member").json["credential"]["blob"] == "new"


def test_what_a_key_acts_under_stays(cloud: Cloud) -> None:
    blob = '{"access": "AKIA", "secret": "s", "trust_id": "t"}'
    made = store(cloud, type="ec2", blob=blob, project_id=cloud.ids["project"]).json["credential"]
    path = f"{PATH}/{made['id']}"
    assert change(cloud, path, blob=blob.replace('"s"', '"new"')).status == 200
    for key in ("trust_id", "app_cred_id", "access_token_id", "access_id"):
        answer = change(cloud, path, blob=f'{{"access": "AKIA", "trust_id": "t", "{key}": "other"}}')
        assert (answer.status, f"{key} can not be updated" in answer.raw.decode()) == (400, True)
    assert change(cloud, path, blob=KEY).status == 400
    assert change(cloud, path, blob="no JSON").status == 400


def test_a_user_stores_so_many(cloud: Cloud) -> None:
    made = [store(cloud) for _ in range(51)]
    assert [answer.status for answer in made] == [201] * 50 + [403]
    assert b"maximum of 50" in made[-1].raw
    path = f"{PATH}/{made[0].json['credential']['id']}"
    assert store(cloud, "manager").status == 201
    assert cloud.call("DELETE", path, "member").status == 204
    assert store(cloud).status == 201


def test_a_credential_is_small(cloud: Cloud) -> None:
    most, more = "x" * 65536, "x" * 65537
    path = f"{PATH}/{store(cloud, blob=most).json['credential']['id']}"
    assert store(cloud, blob=more).status == 403
    assert store(cloud, note=most).status == 403
    assert change(cloud, path, blob=more).status == 403
    assert cloud.call("GET", path, "member").json["credential"]["blob"] == most


@pytest.mark.parametrize("what", ["users/{member}", "projects/{project}"])
def test_it_goes_with_its_user_and_its_project(cloud: Cloud, what: str) -> None:
    store(cloud, project_id=cloud.ids["project"])
    assert cloud.call("DELETE", f"/v3/{what.format(**cloud.ids)}", "admin").status == 204
    assert rows("SELECT id FROM identity_credentials") == []


def test_another_key(cloud: Cloud) -> None:
    path = f"{PATH}/{store(cloud).json['credential']['id']}"
    cloud.call("POST", "/v3/OS-OAUTH1/consumers", "admin", {"consumer": {}})
    keys, before = cloud.state / "keys", str(rows("SELECT blob FROM identity_credentials"))
    old = (keys / "credentials.key").read_bytes()
    assert vault.rotate(cloud.identity, keys) == 2
    fresh = (keys / "credentials.key").read_bytes()
    assert old not in fresh
    assert len(fresh.split()) == 1
    assert str(rows("SELECT blob FROM identity_credentials")) != before
    assert cloud.call("GET", path, "member").json["credential"]["blob"] == "my secret"
    again = cloud.restart()
    assert again.vault.decrypt(rows("SELECT blob FROM identity_credentials")[0][0].encode()) == b"my secret"
