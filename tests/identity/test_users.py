"""What users have beside a name: options, a default project, expiry; and the filters of their list."""

from time import perf_counter
from typing import Any

import msgspec
import pytest

from stacklab.core import clock
from stacklab.core.db.database import change, rows, transaction
from stacklab.identity.api import users as users_api
from stacklab.identity.schemas.people import UserOptions
from tests.support.identity_cloud import PASSWORD, Cloud


def make(cloud: Cloud, name: str = "ana", **fields: Any) -> dict[str, Any]:
    answer = cloud.call("POST", "/v3/users", "admin", {"user": {"name": name, **fields}})
    assert answer.status == 201, answer.raw
    made: dict[str, Any] = answer.json["user"]
    return made


def patch(cloud: Cloud, user_id: str, **fields: Any) -> tuple[int, Any]:
    """Status, and the user or what is wrong."""
    answer = cloud.call("PATCH", f"/v3/users/{user_id}", "admin", {"user": fields})
    return answer.status, answer.json["user"] if answer.status == 200 else answer.json["error"]["message"]


def test_options_are_added_and_taken_off_one_by_one(cloud: Cloud) -> None:
    rules = [["password", "totp"], ["password", "application_credential"]]
    options = {"multi_factor_auth_rules": rules, "multi_factor_auth_enabled": False, "lock_password": None}
    user = make(cloud, options=options)
    assert user["options"] == {"multi_factor_auth_rules": rules, "multi_factor_auth_enabled": False}
    _, user = patch(cloud, user["id"], options={"ignore_password_expiry": True, "multi_factor_auth_rules": None})
    assert user["options"] == {"multi_factor_auth_enabled": False, "ignore_password_expiry": True}
    assert patch(cloud, user["id"], options={})[1]["options"] == user["options"]
    listed = cloud.call("GET", "/v3/users?name=ana", "admin").json["users"]
    assert listed == [user]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"options": {"x": 1}}, "options. Value: {'x': 1}. Additional properties are not allowed ('x' was unexpected)"),
        ({"options": {"lock_password": "true"}}, "lock_password. Value: true. 'true' is not of type 'boolean', 'null'"),
        ({"options": {"multi_factor_auth_rules": "x"}}, "'x' is not of type 'array', 'null'"),
        ({"options": {"multi_factor_auth_rules": [[]]}}, "field/attribute 0. Value: []. [] should be non-empty"),
        ({"options": {"multi_factor_auth_rules": [["a"], ["a"]]}}, "[['a'], ['a']] has non-unique elements"),
        ({"options": {"multi_factor_auth_rules": [["a", "a"]]}}, "['a', 'a'] has non-unique elements"),
        ({"options": None}, "options. Value: None. None is not of type 'object'"),
        ({"description": 7}, "description. Value: 7. 7 is not of type 'string', 'null'"),
        ({"enabled": "maybe"}, "enabled. Value: maybe. 'maybe' is not of type 'boolean'"),
        ({"name": "   "}, "name. Value:    . '   ' does not match '[\\\\S]+'"),
        ({"domain_id": "a/b"}, "domain_id. Value: a/b. 'a/b' does not match '^[a-zA-Z0-9-]+$'"),
        ({"password": 7}, "password. Value: ***. '***' is not of type 'string', 'null'"),
        ({"default_project_id": "default"}, "User's default project ID cannot be a domain ID: default"),
    ],
)
def test_what_is_wrong_is_said_as_keystone_says_it(shared_cloud: Cloud, fields: dict[str, Any], words: str) -> None:
    body = {"user": {"name": "x", **fields}}
    created = shared_cloud.call("POST", "/v3/users", "admin", body)
    changed = shared_cloud.call("PATCH", f"/v3/users/{shared_cloud.ids['member']}", "admin", {"user": fields})
    for answer in (created, changed):
        assert answer.status == 400
        assert words in answer.json["error"]["message"]


def test_a_user_stays_who_and_where_they_are(shared_cloud: Cloud) -> None:
    member = shared_cloud.ids["member"]
    assert patch(shared_cloud, member, domain_id="other") == (400, "Cannot change Domain ID")
    assert patch(shared_cloud, member, id="other") == (400, "Cannot change ID")
    taken = "Conflict occurred attempting to store user - Duplicate entry found with name admin at domain ID default."
    assert patch(shared_cloud, member, name="admin") == (409, taken)


def test_a_name_has_no_spaces_around_it(cloud: Cloud) -> None:
    assert make(cloud, " ana ")["name"] == "ana"
    assert cloud.call("POST", "/v3/users", "admin", {"user": {"name": "ana "}}).status == 409


def test_a_default_project_may_be_one_that_is_not_there(cloud: Cloud) -> None:
    user = make(cloud, password=PASSWORD, default_project_id="missing")
    assert user["default_project_id"] == "missing"
    assert "project" not in cloud.login("ana").json["token"]
    status, user = patch(cloud, user["id"], default_project_id=None)
    assert (status, "default_project_id" in user) == (200, False)


def test_what_keystone_does_not_know_is_kept_and_shown(cloud: Cloud) -> None:
    user = make(cloud, email="a@example.org", description=None, id="x", links={}, password_expires_at="2030")
    assert (user["email"], user["description"], user["password_expires_at"]) == ("a@example.org", None, None)
    assert user["id"] != "x"
    _, user = patch(cloud, user["id"], email=None, shoes=[7])
    assert (user["email"], user["shoes"]) == (None, [7])


def test_a_password_can_be_taken_away(cloud: Cloud) -> None:
    assert patch(cloud, cloud.ids["member"], password=None)[0] == 200
    assert cloud.login("member").status == 401
    assert cloud.call("GET", "/v3/auth/projects", "member").status == 200  # tokens stay, as in Keystone


def test_changing_ones_password_ends_ones_tokens(cloud: Cloud) -> None:
    body = {"user": {"original_password": PASSWORD, "password": "brand new words"}}
    assert cloud.call("POST", f"/v3/users/{cloud.ids['member']}/password", body=body).status == 204
    assert cloud.call("GET", "/v3/auth/projects", "member").status == 401
    assert cloud.call("GET", "/v3/auth/projects", "reader").status == 200


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name__endswith=der", {"reader"}),
        ("name__iendswith=DER", {"reader"}),
        ("name__istartswith=MEM", {"member"}),
        ("name__startswith=MEM", set()),
        ("name__endswith=a_longer_one_than_any_name", set()),
        ("name__startswith=m&name__endswith=r", {"member", "manager"}),
        ("password_expires_at=lt:2026-01-01T00:00:00Z", {"member"}),
        ("password_expires_at=lte:2025-12-31T00:00:00Z", {"member"}),
        ("password_expires_at=gt:2026-01-01T00:00:00Z", {"reader"}),
        ("password_expires_at=gte:2026-12-31T00:00:00Z", {"reader"}),
        ("password_expires_at=eq:2026-12-31T00:00:00Z", {"reader"}),
        ("password_expires_at=neq:2026-12-31T00:00:00Z", {"member"}),
        ("password_expires_at=2026-12-31T00:00:00Z", {"reader"}),
        ("password_expires_at=gt:2025-01-01T00:00:00Z&password_expires_at=lt:2026-01-01T00:00:00Z", {"member"}),
        ("password_expires_at=lt:2030-01-01T00:00:00Z&name=member", {"member"}),
    ],
)
def test_filters(cloud: Cloud, query: str, names: set[str]) -> None:
    with transaction():
        for name, year in (("member", 2025), ("reader", 2026)):
            over = clock.parse(f"{year}-12-31T00:00:00Z")
            change("UPDATE identity_users SET password_expires_at = ? WHERE id = ?", (over, cloud.ids[name]))
    found = cloud.call("GET", f"/v3/users?{query}", "admin").json["users"]
    assert {user["name"] for user in found} == names
    if names == {"reader"} and "expires" in query:
        assert found[0]["password_expires_at"] == "2026-12-31T00:00:00.000000"


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("password_expires_at=xx:2030-01-01T00:00:00Z", 400, "The given operator xx is not valid."),
        ("password_expires_at=lt:soon", 400, "Timestamp not in expected format."),
        ("password_expires_at=lt:2030-02-31T00:00:00Z", 400, "Timestamp not in expected format."),
        ("enabled=banana", 400, "enabled. Value: banana. 'banana' is not one of ["),
        ("name=", 400, "name. Value: . '' should be non-empty"),
        ("domain_id=a/b", 400, "'a/b' does not match"),
        ("marker=0", 200, "reader"),
        ("marker=zzz", 404, "Marker zzz could not be found."),
    ],
)
def test_queries_that_make_no_sense(shared_cloud: Cloud, query: str, status: int, words: str) -> None:
    answer = shared_cloud.call("GET", f"/v3/users?{query}", "admin")
    assert answer.status == status
    assert words in answer.raw.decode()


def test_what_one_user_has_is_filtered_too(cloud: Cloud) -> None:
    member = cloud.ids["member"]
    for name in ("red", "blue"):
        group = cloud.call("POST", "/v3/groups", "admin", {"group": {"name": name}}).json["group"]["id"]
        assert cloud.call("PUT", f"/v3/groups/{group}/users/{member}", "admin").status == 204
    for noun, query, names in (
        ("groups", "", {"red", "blue"}),
        ("groups", "?name=red", {"red"}),
        ("projects", "?name=project", {"project"}),
        ("projects", "?name=other", set()),
        ("projects", "?enabled=false", set()),
        ("projects", "?domain_id=default&enabled=true", {"project"}),
    ):
        listed = cloud.call("GET", f"/v3/users/{member}/{noun}{query}", "admin").json[noun]
        assert {thing["name"] for thing in listed} == names


def test_a_default_project_that_is_deleted_is_none(cloud: Cloud) -> None:
    project = cloud.call("POST", "/v3/projects", "admin", {"project": {"name": "short-lived"}}).json["project"]["id"]
    user = make(cloud, default_project_id=project)
    assert cloud.call("DELETE", f"/v3/projects/{project}", "admin").status == 204
    shown = cloud.call("GET", f"/v3/users/{user['id']}", "admin").json["user"]
    assert "default_project_id" not in shown


@pytest.mark.parametrize(
    "query", ["", "name=x", "domain_id=default", "enabled=false", "password_expires_at=lt:2030-01-01T00:00:00Z"]
)
def test_a_list_reads_no_more_than_it_shows(cloud: Cloud, query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []

    def noted(sql: str, params: Any = ()) -> list[Any]:
        asked.append((sql, params))
        return rows(sql, params)

    monkeypatch.setattr(users_api, "rows", noted)
    assert cloud.call("GET", f"/v3/users?limit=2&{query}", "admin").status == 200
    ((sql, params),) = asked
    plan = [line[3] for line in rows(f"EXPLAIN QUERY PLAN {sql}", params)]
    # Without a filter the primary key is walked in its order, as far as the page goes.
    wanted = "SEARCH" if query else "SCAN identity_users USING INDEX sqlite_autoindex_identity_users_1"
    assert plan[0].startswith(wanted)


def test_many_rules_are_looked_at_once_each() -> None:
    """Comparing each with all before it would hold everybody up for minutes."""
    began = perf_counter()
    for rules in ([[f"method {n}"] for n in range(50_000)], [[f"method {n}" for n in range(50_000)]]):
        msgspec.convert({"multi_factor_auth_rules": rules}, UserOptions)
    assert perf_counter() - began < 5


def test_more_moments_than_a_statement_holds(shared_cloud: Cloud) -> None:
    query = "&".join(["password_expires_at=lt:2026-11-23T18:00:00Z"] * 1200)
    assert shared_cloud.call("GET", f"/v3/users?{query}", "admin").status == 400
