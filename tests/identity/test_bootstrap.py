"""The first start and every later one; the keys."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from stacklab.core.db.database import open_database, rows
from stacklab.core.events import Bus
from stacklab.identity import keys, users
from stacklab.identity.service import Identity
from tests.support.identity_cloud import CHEAP, PASSWORD, Cloud


def everything() -> dict[str, list[Any]]:
    tables = [t for (t,) in rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'identity_%'")]
    return {table: sorted(rows(f"SELECT * FROM {table}")) for table in [*tables, "facts"]}


def test_a_second_start_changes_nothing(cloud: Cloud) -> None:
    before = everything()
    again = cloud.restart().ensure_bootstrap("RegionOne", "http://cloud.test", "another password")
    assert everything() == before
    assert again.admin_password is None
    assert again.admin_project_id == cloud.made.admin_project_id
    assert again.roles == cloud.made.roles


def test_tokens_outlive_the_process(cloud: Cloud) -> None:
    assert cloud.restart().check(cloud.tokens["member"]).user_name == "member"


def test_what_was_deleted_of_the_catalogue_stays_deleted(cloud: Cloud) -> None:
    placement = cloud.call("GET", "/v3/services?type=placement", "admin").json["services"][0]
    assert cloud.call("DELETE", f"/v3/services/{placement['id']}", "admin").status == 204
    cloud.restart().ensure_bootstrap("RegionOne", "http://cloud.test", None)
    assert cloud.call("GET", "/v3/services?type=placement", "admin").json["services"] == []


def test_an_admin_who_was_renamed_is_not_made_again(cloud: Cloud) -> None:
    path = f"/v3/users/{cloud.made.admin_user_id}"
    assert cloud.call("PATCH", path, "system", {"user": {"name": "root"}}).status == 200
    assert cloud.restart().ensure_bootstrap("RegionOne", "http://cloud.test", None).admin_password is None
    assert cloud.login("admin").status == 401
    assert cloud.login("root").status == 201


def test_the_admin_has_a_random_password_unless_one_is_given(
    database: Callable[..., None], tmp_path: Path, cloud: Cloud
) -> None:
    assert cloud.made.admin_password == PASSWORD
    open_database(tmp_path / "fresh.db")
    database("stacklab.core", "stacklab.identity")
    fresh = Identity(CHEAP, tmp_path / "keys", Bus())
    chosen = fresh.ensure_bootstrap("RegionOne", "http://cloud.test", None).admin_password
    assert chosen is not None
    assert len(chosen) >= 20
    admin = users.named("admin", "default")
    assert admin is not None
    assert fresh.passwords.verify(admin.password, chosen)


def test_roles_imply_each_other_down_the_chain(cloud: Cloud) -> None:
    assert cloud.identity.check(cloud.tokens["admin"]).roles == {"admin", "manager", "member", "reader"}
    assert cloud.identity.check(cloud.tokens["manager"]).roles == {"manager", "member", "reader"}
    assert set(cloud.made.roles) == {"admin", "manager", "member", "reader", "service", "ResellerAdmin"}


def test_keys_are_for_their_owner_only(cloud: Cloud) -> None:
    files = list((cloud.state / "keys").iterdir())
    assert sorted(f.name for f in files) == ["credentials.key", "token-signing.pem"]
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}


def test_another_kind_of_key_is_refused(cloud: Cloud) -> None:
    foreign = generate_private_key(SECP256R1())
    path = cloud.state / "keys" / "token-signing.pem"
    path.write_bytes(foreign.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ValueError, match="not an Ed25519 key"):
        keys.signing_key(cloud.state / "keys")


def test_the_door_shows_projects(cloud: Cloud) -> None:
    identity: Identity = cloud.identity
    found = identity.project(cloud.ids["project"])
    assert found is not None
    assert (found.name, found.domain_id, found.enabled) == ("project", "default", True)
    assert identity.project("missing") is None
    assert identity.project("default") is None
