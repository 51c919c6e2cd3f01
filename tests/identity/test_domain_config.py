"""A domain's own configuration, at its three levels; its secrets; the defaults."""

from typing import Any

import pytest

from stacklab.core.db.database import rows
from tests.support.identity_cloud import Cloud

PATH = "/v3/domains/default/config"
CONFIG = {"ldap": {"url": "ldap://%(password)s@h", "password": "quite secret"}, "identity": {"driver": "ldap"}}
SHOWN = {"ldap": {"url": "ldap://%(password)s@h"}, "identity": {"driver": "ldap"}}


def _put(cloud: Cloud, config: Any = CONFIG) -> int:
    return cloud.call("PUT", PATH, "admin", {"config": config}).status


def test_whole_and_by_parts(cloud: Cloud) -> None:
    assert cloud.call("GET", PATH, "auditor").status == 404
    assert (_put(cloud), _put(cloud)) == (201, 200)
    assert cloud.call("GET", PATH, "auditor").json["config"] == SHOWN
    assert cloud.call("HEAD", PATH, "auditor").status == 200
    assert cloud.call("GET", f"{PATH}/ldap", "auditor").json["config"] == {"ldap": SHOWN["ldap"]}
    assert cloud.call("GET", f"{PATH}/ldap/url", "auditor").json["config"] == SHOWN["ldap"]
    assert cloud.call("GET", f"{PATH}/ldap/suffix", "auditor").status == 404

    def change(part: str, config: Any) -> Any:
        return cloud.call("PATCH", PATH + part, "admin", {"config": config}).json["config"]

    assert change("", {"ldap": {"suffix": "dc=x"}})["ldap"] == {**SHOWN["ldap"], "suffix": "dc=x"}
    assert change("/ldap", {"ldap": {"url": "ldap://h"}})["ldap"] == {"url": "ldap://h", "suffix": "dc=x"}
    assert change("/ldap/url", {"url": "ldap://i"})["ldap"] == {"url": "ldap://i", "suffix": "dc=x"}
    assert cloud.call("DELETE", f"{PATH}/ldap/url", "admin").status == 204
    assert cloud.call("DELETE", f"{PATH}/ldap/url", "admin").status == 404
    assert cloud.call("DELETE", f"{PATH}/ldap", "admin").status == 204
    assert cloud.call("GET", PATH, "auditor").json["config"] == {"identity": {"driver": "ldap"}}
    assert cloud.call("DELETE", PATH, "admin").status == 204
    assert cloud.call("GET", PATH, "auditor").status == 404


def test_a_secret_is_kept_encrypted_and_never_shown(cloud: Cloud) -> None:
    answer = cloud.call("PUT", PATH, "admin", {"config": CONFIG})
    assert b"quite secret" not in answer.raw
    assert "quite secret" not in str(rows("SELECT * FROM identity_domain_options"))
    assert cloud.call("GET", f"{PATH}/ldap/password", "admin").status == 404
    changed = cloud.call("PATCH", f"{PATH}/ldap/password", "admin", {"config": {"password": "another"}})
    assert (changed.status, changed.json["config"]) == (200, SHOWN)
    assert cloud.call("DELETE", f"{PATH}/ldap/password", "admin").status == 204
    assert _put(cloud, {"ldap": {"password": "only this"}}) == 200
    assert cloud.call("GET", PATH, "admin").status == 404


@pytest.mark.parametrize(
    ("part", "config", "status"),
    [
        ("", {}, 403),
        ("", None, 403),
        ("", {"other": {"a": 1}}, 403),
        ("", {"ldap": {"other": 1}}, 403),
        ("", {"ldap": {}}, 403),
        ("", {"ldap": "url"}, 403),
        ("/ldap", {"identity": {"driver": "sql"}}, 403),
        ("/ldap", {"ldap": {"url": "x"}, "identity": {"driver": "sql"}}, 403),
        ("/ldap/url", {"suffix": "x"}, 403),
        ("/ldap/url", {"url": "x", "suffix": "x"}, 403),
        ("/ldap/query_scope", {"query_scope": "sub"}, 404),
        ("/other", {"other": {"a": 1}}, 403),
        ("/security_compliance", {"security_compliance": {"password_regex": "x"}}, 403),
    ],
)
def test_a_change_that_is_not_right_is_refused(cloud: Cloud, part: str, config: Any, status: int) -> None:
    assert _put(cloud) == 201
    answer = cloud.call("PATCH", PATH + part, "admin", {"config": config})
    assert answer.status == status, answer.raw
    assert cloud.call("GET", PATH, "admin").json["config"] == SHOWN


def test_a_group_that_is_not_there_is_not_made_by_a_change_of_it(cloud: Cloud) -> None:
    asked = {"config": {"ldap": {"url": "x"}}}
    assert cloud.call("PATCH", f"{PATH}/ldap", "admin", asked).status == 404
    assert cloud.call("PATCH", PATH, "admin", asked).status == 200
    assert cloud.call("PUT", "/v3/domains/missing/config", "admin", asked).status == 404


def test_defaults(shared_cloud: Cloud) -> None:
    def default(part: str) -> Any:
        return shared_cloud.call("GET", f"/v3/domains/config{part}/default", "auditor")

    assert set(default("").json["config"]) == {"identity", "ldap"}
    assert default("/identity").json["config"]["identity"]["driver"] == "sql"
    assert default("/ldap/url").json["config"] == {"url": "ldap://localhost"}
    assert [default(part).status for part in ("/ldap/password", "/other", "/ldap/other")] == [403] * 3


def test_the_rule_for_passwords_is_for_everybody(shared_cloud: Cloud) -> None:
    path = f"{PATH}/security_compliance"
    found = shared_cloud.call("GET", path, "member").json["config"]["security_compliance"]
    assert found == {"password_regex": None, "password_regex_description": None}
    assert shared_cloud.call("GET", f"{path}/password_regex", "warden").json["config"] == {"password_regex": None}
    assert shared_cloud.call("GET", f"{path}/minimum_password_age", "admin").status == 403
    assert shared_cloud.call("DELETE", path, "admin").status == 403
