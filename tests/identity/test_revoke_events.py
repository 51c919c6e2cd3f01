"""The list of revocations, and a user's tokens revoked all at once."""

from typing import Any

from stacklab.core import clock
from tests.support.identity_cloud import Cloud


def events(cloud: Cloud, query: str = "") -> list[dict[str, Any]]:
    listed = cloud.call("GET", f"/v3/OS-REVOKE/events{query}", "admin").json["events"]
    return [{k: v for k, v in e.items() if k not in ("issued_before", "revoked_at")} for e in listed]


def test_each_kind_says_what_it_is_about(cloud: Cloud) -> None:
    token = cloud.token("reader", "unscoped")
    audit_id = cloud.identity.check(token).audit_ids[0]
    ids = cloud.ids
    assert cloud.call("DELETE", "/v3/auth/tokens", token, x_subject_token=token).status == 204
    assert cloud.call("PATCH", f"/v3/users/{ids['member']}", "admin", {"user": {"enabled": False}}).status == 200
    body = {"project": {"enabled": False}}
    assert cloud.call("PATCH", f"/v3/projects/{ids['elsewhere']}", "admin", body).status == 200
    path = f"/v3/projects/{ids['project']}/users/{ids['manager']}/roles/{cloud.made.roles['manager']}"
    assert cloud.call("DELETE", path, "admin").status == 204
    assert cloud.call("DELETE", f"/v3/users/{ids['warden']}", "admin").status == 204
    found = events(cloud)
    for expected in (
        {"audit_id": audit_id},
        {"audit_chain_id": audit_id},
        {"user_id": ids["member"]},
        {"project_id": ids["elsewhere"]},
        {"user_id": ids["manager"], "project_id": ids["project"]},
        {"user_id": ids["warden"]},
    ):
        assert expected in found


def test_those_since_a_time(cloud: Cloud) -> None:
    cloud.identity.revocations.revoke(cloud.ids["member"])
    later = clock.now() + clock.SECOND
    clock.use(lambda: later)
    try:
        cloud.identity.revocations.revoke(cloud.ids["reader"])
    finally:
        clock.use(None)
    (event,) = cloud.call("GET", f"/v3/OS-REVOKE/events?since={clock.iso_us(later)}", "admin").json["events"]
    moment = clock.iso_us(later)
    assert event == {"user_id": cloud.ids["reader"], "issued_before": moment, "revoked_at": moment}
    assert len(events(cloud)) == 2
    wrong = cloud.call("GET", "/v3/OS-REVOKE/events?since=yesterday", "admin")
    assert (wrong.status, wrong.json["error"]["message"]) == (400, "invalidate date format yesterday")


def test_all_tokens_of_a_user(cloud: Cloud) -> None:
    own = [cloud.tokens["member"], cloud.tokens["unscoped"], cloud.token("member")]
    path = f"/v3/users/{cloud.ids['member']}/tokens"
    assert cloud.call("DELETE", path, "manager").status == 403
    assert cloud.call("DELETE", path, "member").status == 204
    assert [cloud.call("GET", "/v3/auth/projects", token).status for token in own] == [401] * 3
    assert cloud.call("GET", "/v3/auth/projects", "manager").status == 200
    assert cloud.login("member").status == 201
