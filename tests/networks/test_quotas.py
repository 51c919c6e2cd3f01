"""Quotas as an admin and a project see them."""

from typing import Any

import pytest

from tests.support.api import PROJECT

URL = f"/network/v2.0/quotas/{PROJECT}"
DEFAULT = {
    "network": 100,
    "subnet": 100,
    "port": 100,
    "floatingip": 10,
    "security_group": 10,
    "security_group_rule": 100,
}


def test_defaults_come_from_the_settings(cloud: Any) -> None:
    assert cloud.api.get(URL, "member").json == {"quota": DEFAULT}
    assert cloud.api.get(f"{URL}/default", "member").json == {"quota": DEFAULT}
    assert cloud.api.get("/network/v2.0/quotas", "admin").json == {"quotas": []}


def test_an_admin_changes_and_resets(cloud: Any, refused: Any) -> None:
    answer = cloud.api.put(URL, "admin", {"quota": {"port": 7, "floatingip": "-1"}})
    assert answer.json == {"quota": {**DEFAULT, "port": 7, "floatingip": -1}}
    (listed,) = cloud.api.get("/network/v2.0/quotas", "admin").json["quotas"]
    assert (listed["project_id"], listed["port"], listed["subnet"]) == (PROJECT, 7, 100)
    assert cloud.api.delete(URL, "admin").status == 204
    assert cloud.api.get(URL, "member").json == {"quota": DEFAULT}
    refused(cloud.api.delete(URL, "admin"), 404, "TenantQuotaNotFound")


def test_what_is_used(cloud: Any) -> None:
    cloud.make("ports")
    cloud.make("floatingips")
    details = cloud.api.get(f"{URL}/details", "member").json["quota"]
    assert details["port"] == {"limit": 100, "used": 1, "reserved": 0}
    assert details["floatingip"]["used"] == 1
    assert details["security_group"]["used"] == 1
    assert details["security_group_rule"]["used"] == 4


def test_a_limit_below_what_is_used_is_taken_unless_a_check_was_asked_for(cloud: Any, refused: Any) -> None:
    cloud.make("ports")
    words = refused(cloud.api.put(URL, "admin", {"quota": {"port": 0, "check_limit": True}}), 400, "HTTPBadRequest")
    assert "already used 1" in words
    assert cloud.api.put(URL, "admin", {"quota": {"port": 0, "check_limit": True, "force": True}}).status == 200


@pytest.mark.parametrize("limit", ["many", -2, 1 << 31, "2147483648", "-2", None, 1.5])
def test_bad_limits(cloud: Any, refused: Any, limit: object) -> None:
    words = refused(cloud.api.put(URL, "admin", {"quota": {"port": limit}}), 400, "HTTPBadRequest")
    assert words.startswith("Invalid input for port.")
    assert "Unrecognized" in refused(cloud.api.put(URL, "admin", {"quota": {"router": 1}}), 400, "HTTPBadRequest")
