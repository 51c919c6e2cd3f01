"""Every change that takes something away takes the tokens with it, at once and after a restart."""

from collections.abc import Callable

import pytest

from stacklab.core import clock
from stacklab.core.db.database import rows
from stacklab.core.errors import Unauthorized
from stacklab.identity import grants
from stacklab.identity.checked import Checked
from stacklab.identity.tokens import GRACE
from tests.support.identity_cloud import CHEAP, PASSWORD, Cloud


def alive(cloud: Cloud, token: str) -> bool:
    """The same answer from this process and from one that starts now."""
    answers = []
    for identity in (cloud.identity, cloud.restart()):
        try:
            identity.check(token)
            answers.append(True)
        except Unauthorized:
            answers.append(False)
    assert answers[0] == answers[1]
    return answers[0]


def _patch(path: str, body: object) -> Callable[[Cloud], None]:
    def act(cloud: Cloud) -> None:
        assert cloud.call("PATCH", path.format(**cloud.ids), "admin", body).status == 200

    return act


def _delete(path: str) -> Callable[[Cloud], None]:
    def act(cloud: Cloud) -> None:
        roles = {f"role_{name}": role_id for name, role_id in cloud.made.roles.items()}
        assert cloud.call("DELETE", path.format(**cloud.ids, **roles), "admin").status == 204

    return act


def _own_password(cloud: Cloud) -> None:
    body = {"user": {"original_password": PASSWORD, "password": "another one altogether"}}
    assert cloud.call("POST", f"/v3/users/{cloud.ids['member']}/password", body=body).status == 204


CHANGES = {
    "user disabled": _patch("/v3/users/{member}", {"user": {"enabled": False}}),
    "password set by an admin": _patch("/v3/users/{member}", {"user": {"password": "new and different"}}),
    "password changed by the user": _own_password,
    "user deleted": _delete("/v3/users/{member}"),
    "project disabled": _patch("/v3/projects/{project}", {"project": {"enabled": False}}),
    "project deleted": _delete("/v3/projects/{project}"),
    "role taken away": _delete("/v3/projects/{project}/users/{member}/roles/{role_member}"),
}
ROLE_CHANGES = {
    "role deleted": _delete("/v3/roles/{role_member}"),
    "what the role implies was cut": _delete("/v3/roles/{role_member}/implies/{role_reader}"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_what_ends_a_token(cloud: Cloud, change: Callable[[Cloud], None]) -> None:
    assert alive(cloud, cloud.tokens["member"])
    change(cloud)
    assert not alive(cloud, cloud.tokens["member"])
    assert alive(cloud, cloud.tokens["admin"])


@pytest.mark.parametrize("change", ROLE_CHANGES.values(), ids=list(ROLE_CHANGES))
def test_a_role_that_means_less_ends_every_token_that_shows_it(cloud: Cloud, change: Callable[[Cloud], None]) -> None:
    """That of an admin too, who had it by another role; not that of a reader, who has neither."""
    plain = cloud.token("member", "unscoped")
    change(cloud)
    assert not alive(cloud, cloud.tokens["member"])
    assert not alive(cloud, cloud.tokens["admin"])
    assert alive(cloud, plain)


def test_taking_a_role_elsewhere_leaves_the_token(cloud: Cloud) -> None:
    grants.add("user", cloud.ids["member"], "project", cloud.ids["elsewhere"], cloud.made.roles["reader"])
    _delete("/v3/projects/{elsewhere}/users/{member}/roles/{role_reader}")(cloud)
    assert alive(cloud, cloud.tokens["member"])


def test_a_domain_that_is_switched_off_ends_the_tokens_in_it(cloud: Cloud) -> None:
    _patch("/v3/domains/{domain}", {"domain": {"enabled": False}})(cloud)
    assert not alive(cloud, cloud.tokens["member"])
    assert cloud.login("stranger").status == 401


def test_leaving_a_group_ends_what_came_through_it(cloud: Cloud) -> None:
    group = cloud.call("POST", "/v3/groups", "admin", {"group": {"name": "crew"}}).json["group"]["id"]
    cloud.user("sailor")
    role = cloud.made.roles["member"]
    for path in (f"/v3/groups/{group}/users/{cloud.ids['sailor']}",
                 f"/v3/projects/{cloud.ids['project']}/groups/{group}/roles/{role}"):  # fmt: skip
        assert cloud.call("PUT", path, "admin").status == 204
    token = cloud.token("sailor", {"project": {"id": cloud.ids["project"]}})
    assert alive(cloud, token)
    assert cloud.call("DELETE", f"/v3/groups/{group}/users/{cloud.ids['sailor']}", "admin").status == 204
    assert not alive(cloud, token)


def test_a_new_token_after_a_revocation_is_good(cloud: Cloud) -> None:
    _patch("/v3/users/{member}", {"user": {"password": "new and different"}})(cloud)
    assert alive(cloud, cloud.token("member", {"project": {"id": cloud.ids["project"]}}, "new and different"))


def test_what_is_changed_while_somebody_logs_in_counts_for_their_token(cloud: Cloud) -> None:
    """The hash takes a while; a password that is changed meanwhile must not leave a token behind."""
    verify = cloud.identity.passwords.verify

    def slow(stored: str | None, password: str) -> bool:
        right = verify(stored, password)
        cloud.identity.revocations.revoke(cloud.ids["member"])
        return right

    cloud.identity.passwords.verify = slow  # type: ignore[method-assign]
    assert not alive(cloud, cloud.token("member"))


def test_rows_go_when_no_such_token_is_left(cloud: Cloud) -> None:
    _patch("/v3/users/{member}", {"user": {"enabled": False}})(cloud)
    assert rows("SELECT count(*) FROM identity_revocations")[0][0] == 1
    later = clock.now() + (CHEAP.identity.token_hours + 1) * 3600 * clock.SECOND + GRACE
    clock.use(lambda: later)
    try:
        cloud.restart()
        assert rows("SELECT count(*) FROM identity_revocations")[0][0] == 0
        cloud.identity.revocations.revoke("somebody")
        assert not cloud.identity.revocations.refuses((cloud.ids["member"],), 0)
    finally:
        clock.use(None)


def test_the_cache_of_checked_tokens_is_bounded(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stacklab.identity.checked.MOST", 3)
    for _ in range(5):
        cloud.identity.check(cloud.token("member", "unscoped"))
    assert len(cloud.identity._checked) == 3


def test_the_cache_is_bounded_by_the_room_it_takes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stacklab.identity.checked.MOST_TEXT", 10)
    kept: Checked[int] = Checked()
    for number, token in enumerate(("aaaa", "bbbb", "bbbb", "cc", "dddddd")):
        kept.put(token, number)
    assert [kept.get(token) for token in ("aaaa", "bbbb", "cc", "dddddd")] == [None, None, 3, 4]
    kept.drop("cc")
    kept.drop("cc")
    kept.put("eeee", 5)
    assert (kept.get("dddddd"), kept.get("eeee")) == (4, 5)
