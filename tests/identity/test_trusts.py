"""Trusts: lending roles, handing them on, using them up, and everything that ends them."""

from typing import Any

import pytest

from stacklab.core import clock
from stacklab.core.db.database import rows
from stacklab.core.errors import Forbidden
from stacklab.identity import grants, trusts
from stacklab.identity.model_delegation import Trust
from tests.support.api import Answer
from tests.support.identity_cloud import PASSWORD, Cloud

PATH = "/v3/OS-TRUST/trusts"


def give(cloud: Cloud, trustor: str = "member", trustee: str = "stranger", by: str = "", **fields: Any) -> Answer:
    """A trust of the trustor's, made with the token `by` (the trustor's own where none is named)."""
    trust = {
        "trustor_user_id": cloud.ids[trustor],
        "trustee_user_id": cloud.ids[trustee],
        "project_id": cloud.ids["project"],
        "impersonation": True,
        "roles": [{"name": "member"}],
        **fields,
    }
    return cloud.call("POST", PATH, by or trustor, {"trust": trust})


def made(cloud: Cloud, *people: str, **fields: Any) -> Any:
    answer = give(cloud, *people, **fields)
    assert answer.status == 201, answer.raw
    return answer.json["trust"]


def enter(cloud: Cloud, trust: Any, who: str = "stranger") -> Answer:
    return cloud.login(who, {"OS-TRUST:trust": {"id": trust["id"]}})


def token(cloud: Cloud, trust: Any, who: str = "stranger") -> str:
    answer = enter(cloud, trust, who)
    assert answer.status == 201, answer.raw
    return answer.headers["x-subject-token"]


def alive(cloud: Cloud, text: str) -> bool:
    return cloud.call("GET", "/v3/auth/projects", text).status == 200


def test_a_trust_as_it_is_shown(cloud: Cloud) -> None:
    trust = made(cloud, note="kept")
    assert trust["links"]["self"].endswith(f"{PATH}/{trust['id']}")
    assert trust["roles_links"]["self"].endswith(f"{PATH}/{trust['id']}/roles")
    assert [role["name"] for role in trust["roles"]] == ["member"]
    nothing = ("expires_at", "remaining_uses", "deleted_at", "redelegated_trust_id")
    assert [trust[name] for name in nothing] == [None] * 4
    assert (trust["redelegation_count"], trust["note"], trust["impersonation"]) == (0, "kept", True)
    assert cloud.call("GET", f"{PATH}/{trust['id']}", "stranger").json["trust"] == trust
    listed = cloud.call("GET", f"{PATH}?trustor_user_id={cloud.ids['member']}", "member").json["trusts"]
    assert [t["id"] for t in listed] == [trust["id"]]
    assert "roles" not in listed[0]


def test_roles_of_a_trust(cloud: Cloud) -> None:
    trust = made(cloud)
    path = f"{PATH}/{trust['id']}/roles"
    listed = cloud.call("GET", path, "member").json
    assert [role["id"] for role in listed["roles"]] == [cloud.made.roles["member"]]
    assert listed["links"]["self"].endswith(path)
    assert cloud.call("GET", f"{path}/{cloud.made.roles['member']}", "stranger").json["role"]["name"] == "member"
    assert cloud.call("HEAD", f"{path}/{cloud.made.roles['member']}", "stranger").status == 200
    assert cloud.call("HEAD", f"{path}/{cloud.made.roles['admin']}", "stranger").status == 404


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ({"roles": []}, 403, "role"),
        ({"roles": [{"name": "missing"}]}, 404, "Role missing is not defined"),
        ({"roles": [{"id": "missing"}]}, 404, "Could not find role: missing."),
        ({"roles": [{"name": "admin"}]}, 404, "Could not find role"),
        ({"roles": [{"id": "a", "name": "b"}]}, 400, "role"),
        ({"trustee_user_id": "missing"}, 404, "Could not find user: missing."),
        ({"project_id": "missing"}, 404, "Could not find project: missing."),
        ({"project_id": None}, 404, "Could not find role"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, 400, "'expires_at' must not be before now"),
        ({"expires_at": "bad.123Z"}, 400, "Timestamp not in expected format"),
        ({"remaining_uses": 0}, 400, "remaining_uses"),
        ({"remaining_uses": 1, "allow_redelegation": True}, 400, "remaining_uses"),
        ({"redelegation_count": 4, "allow_redelegation": True}, 403, "greater than allowed 3"),
        ({"impersonation": "yes"}, 400, "impersonation"),
    ],
)
def test_what_cannot_be_lent(shared_cloud: Cloud, fields: dict[str, Any], status: int, word: str) -> None:
    answer = give(shared_cloud, **fields)
    assert (answer.status, word in answer.json["error"]["message"]) == (status, True), answer.raw


def test_only_in_ones_own_name(shared_cloud: Cloud) -> None:
    for persona in ("stranger", "admin", "system", "warden"):
        assert give(shared_cloud, by=persona).status == 403


def test_an_implied_role_can_be_lent(cloud: Cloud) -> None:
    trust = made(cloud, roles=[{"name": "reader"}])
    shown = enter(cloud, trust).json["token"]
    assert [role["name"] for role in shown["roles"]] == ["reader"]


def test_the_same_twice(cloud: Cloud) -> None:
    soon = clock.iso_us(clock.now() + 3600 * clock.SECOND)
    assert give(cloud, expires_at=soon).status == 201
    assert give(cloud, expires_at=soon).status == 409
    assert [give(cloud).status, give(cloud).status] == [201, 201]  # without an end they may be as many as one likes


@pytest.mark.parametrize(("impersonation", "who"), [(True, "member"), (False, "stranger")])
def test_the_token_of_a_trust(cloud: Cloud, impersonation: bool, who: str) -> None:
    trust = made(cloud, impersonation=impersonation)
    answer = enter(cloud, trust)
    shown = answer.json["token"]
    assert shown["OS-TRUST:trust"] == {
        "id": trust["id"],
        "trustor_user": {"id": cloud.ids["member"]},
        "trustee_user": {"id": cloud.ids["stranger"]},
        "impersonation": impersonation,
    }
    assert (shown["user"]["id"], shown["project"]["id"]) == (cloud.ids[who], cloud.ids["project"])
    assert {role["name"] for role in shown["roles"]} == {"member", "reader"}
    validated = cloud.call("GET", "/v3/auth/tokens", "admin", x_subject_token=answer.headers["x-subject-token"])
    assert validated.json["token"]["OS-TRUST:trust"] == shown["OS-TRUST:trust"]


def test_who_may_use_a_trust(cloud: Cloud) -> None:
    trust = made(cloud)
    assert enter(cloud, trust, "member").status == 403
    assert enter(cloud, {"id": "missing"}).status == 401
    assert enter(cloud, {"id": ""}).status == 400
    aimless = made(cloud, project_id=None, roles=[])
    assert enter(cloud, aimless).status == 404


def test_its_end_is_its_tokens_end(cloud: Cloud) -> None:
    soon = clock.now() + 60 * clock.SECOND
    trust = made(cloud, expires_at=clock.iso_us(soon))
    text = token(cloud, trust)
    assert cloud.identity.check(text).expires_at == soon
    clock.use(lambda: soon + 1)
    try:
        assert enter(cloud, trust).status == 401
        assert not alive(cloud, text)
        assert cloud.call("GET", f"{PATH}/{trust['id']}", "member").status == 404
    finally:
        clock.use(None)


def test_uses_run_out(cloud: Cloud) -> None:
    trust = made(cloud, remaining_uses=2)
    assert enter(cloud, trust).status == 201
    assert cloud.call("GET", f"{PATH}/{trust['id']}", "member").json["trust"]["remaining_uses"] == 1
    text = token(cloud, trust)
    assert enter(cloud, trust).status == 401
    assert alive(cloud, text)
    assert cloud.call("GET", f"{PATH}/{trust['id']}", "member").status == 404


def test_the_last_use_is_one_use(cloud: Cloud) -> None:
    """Two who saw the same last use: one gets it."""
    made(cloud, remaining_uses=1)
    seen = [Trust.select().get(), Trust.select().get()]
    trusts.consume(seen[0])
    with pytest.raises(Forbidden):
        trusts.consume(seen[1])
    assert Trust.select().get().remaining_uses == 0


def test_a_trustor_gives_so_many(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusts, "MOST", 2)
    used = made(cloud, remaining_uses=1)
    assert [give(cloud).status, give(cloud).status] == [201, 403]
    assert give(cloud, "manager").status == 201
    assert enter(cloud, used).status == 201
    assert [give(cloud).status, give(cloud).status] == [201, 403]


def test_a_refused_token_uses_nothing_up(cloud: Cloud) -> None:
    trust = made(cloud, remaining_uses=1)
    assert enter(cloud, trust, "manager").status == 403
    assert enter(cloud, trust).status == 201


def _disable(cloud: Cloud, what: str, enabled: bool = False) -> None:
    kind = "project" if what == "project" else "user"
    path = f"/v3/{kind}s/{cloud.ids[what]}"
    assert cloud.call("PATCH", path, "admin", {kind: {"enabled": enabled}}).status == 200


@pytest.mark.parametrize(("what", "status"), [("member", 403), ("stranger", 401), ("project", 401)])
def test_what_is_disabled_ends_it(cloud: Cloud, what: str, status: int) -> None:
    trust = made(cloud)
    text = token(cloud, trust)
    _disable(cloud, what)
    assert not alive(cloud, text)
    assert enter(cloud, trust).status == status
    _disable(cloud, what, True)
    assert enter(cloud, trust).status == 201


@pytest.mark.parametrize("impersonation", [True, False])
def test_a_lost_role_ends_it(cloud: Cloud, impersonation: bool) -> None:
    trust = made(cloud, impersonation=impersonation)
    text = token(cloud, trust)
    path = f"/v3/projects/{cloud.ids['project']}/users/{cloud.ids['member']}/roles/{cloud.made.roles['member']}"
    assert cloud.call("DELETE", path, "admin").status == 204
    assert not alive(cloud, text)
    assert enter(cloud, trust).status == 403
    assert cloud.call("PUT", path, "admin").status == 204
    assert enter(cloud, trust).status == 201


def test_deleting_it_ends_its_tokens(cloud: Cloud) -> None:
    trust, other = made(cloud), made(cloud)
    text, kept = token(cloud, trust), token(cloud, other)
    path = f"{PATH}/{trust['id']}"
    assert cloud.call("DELETE", path, "stranger").status == 403
    assert cloud.call("DELETE", path, "member").status == 204
    assert (alive(cloud, text), alive(cloud, kept)) == (False, True)
    assert cloud.call("GET", path, "member").status == 404
    assert cloud.call("DELETE", f"{PATH}/{other['id']}", "admin").status == 204
    assert not alive(cloud, kept)


@pytest.mark.parametrize("what", ["users/{member}", "users/{stranger}", "projects/{project}"])
def test_it_goes_with_its_people_and_its_project(cloud: Cloud, what: str) -> None:
    text = token(cloud, made(cloud))
    assert cloud.call("DELETE", f"/v3/{what.format(**cloud.ids)}", "admin").status == 204
    assert rows("SELECT id FROM identity_trusts") == []
    assert not alive(cloud, text)


def _line(cloud: Cloud) -> tuple[list[Any], list[str]]:
    """Three trusts of member's, each handed on by the last trustee, and a token of each trustee."""
    line: list[Any] = []
    texts: list[str] = []
    by = ""
    for trustee in ("stranger", "manager", "reader"):
        trust = made(cloud, "member", trustee, by=by, allow_redelegation=True)
        by = token(cloud, trust, trustee)
        line.append(trust)
        texts.append(by)
    return line, texts


def test_handing_on(cloud: Cloud) -> None:
    line, texts = _line(cloud)
    assert [trust["redelegation_count"] for trust in line] == [3, 2, 1]
    assert [trust["redelegated_trust_id"] for trust in line] == [None, line[0]["id"], line[1]["id"]]
    last = made(cloud, "member", "stranger", by=texts[2], allow_redelegation=True)
    assert last["redelegation_count"] == 0
    assert give(cloud, "member", "manager", by=token(cloud, last)).status == 403


def test_a_trust_that_is_not_to_be_handed_on(cloud: Cloud) -> None:
    text = token(cloud, made(cloud))
    assert give(cloud, "member", "manager", by=text).status == 403


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"allow_redelegation": True, "redelegation_count": 1}, 403),
        ({"allow_redelegation": True, "redelegation_count": 2}, 201),
        ({"remaining_uses": 2}, 403),
        ({"expires_at": "2090-01-01T00:00:00Z"}, 403),
        ({"expires_at": "2079-01-01T00:00:00Z"}, 201),
        ({"roles": [{"name": "member"}]}, 403),
        ({}, 201),
    ],
)
def test_nobody_hands_on_more_than_they_got(cloud: Cloud, fields: dict[str, Any], status: int) -> None:
    ends, roles = "2080-01-01T00:00:00Z", [{"name": "reader"}]
    source = made(cloud, allow_redelegation=True, roles=roles, expires_at=ends)
    answer = give(cloud, "member", "manager", by=token(cloud, source), **{"roles": roles, **fields})
    assert answer.status == status, answer.raw
    if status == 201:
        shown = answer.json["trust"]
        assert shown["redelegated_trust_id"] == source["id"]
        assert shown["expires_at"] == fields.get("expires_at", ends).replace("Z", ".000000Z")


def test_nobody_becomes_the_trustor_who_was_not_let(cloud: Cloud) -> None:
    source = made(cloud, "member", "manager", allow_redelegation=True, impersonation=False)
    text = token(cloud, source, "manager")
    assert give(cloud, "manager", "stranger", by=text, impersonation=True).status == 403
    child = made(cloud, "manager", "stranger", by=text, impersonation=False)
    assert enter(cloud, child).json["token"]["user"]["id"] == cloud.ids["stranger"]


def test_what_is_handed_on_is_of_the_same_project(cloud: Cloud) -> None:
    """Its trustor may have the role elsewhere too, and lent it only here."""
    grants.add("user", cloud.ids["member"], "project", cloud.ids["elsewhere"], cloud.made.roles["member"])
    by = token(cloud, made(cloud, allow_redelegation=True))
    assert give(cloud, "member", "manager", by=by, project_id=cloud.ids["elsewhere"]).status == 403
    assert give(cloud, "member", "manager", by=by, project_id=None, roles=[]).status == 403


@pytest.mark.parametrize("impersonation", [True, False])
@pytest.mark.parametrize("whose", ["trustor", "trustee"])
def test_a_domain_that_is_disabled_ends_it(cloud: Cloud, impersonation: bool, whose: str) -> None:
    """That of either hand, wherever the project is."""
    far = cloud.call("POST", "/v3/domains", "admin", {"domain": {"name": "far"}}).json["domain"]["id"]
    native = {"name": "native", "domain_id": far, "password": PASSWORD}
    cloud.ids["native"] = cloud.call("POST", "/v3/users", "admin", {"user": native}).json["user"]["id"]
    grants.add("user", cloud.ids["native"], "project", cloud.ids["project"], cloud.made.roles["member"])
    by = cloud.login("native", {"project": {"id": cloud.ids["project"]}}, domain=far).headers["x-subject-token"]
    if whose == "trustor":
        text = token(cloud, made(cloud, "native", "stranger", by=by, impersonation=impersonation))
    else:
        trust = made(cloud, "member", "native", impersonation=impersonation)
        scope = {"OS-TRUST:trust": {"id": trust["id"]}}
        text = cloud.login("native", scope, domain=far).headers["x-subject-token"]
    assert alive(cloud, text)
    assert cloud.call("PATCH", f"/v3/domains/{far}", "admin", {"domain": {"enabled": False}}).status == 200
    assert not alive(cloud, text)


@pytest.mark.parametrize("uses", [2**63, 2**70])
def test_more_uses_than_can_be_counted(shared_cloud: Cloud, uses: int) -> None:
    assert give(shared_cloud, remaining_uses=uses).status == 400


def test_no_trust_ends_after_the_calendar(shared_cloud: Cloud) -> None:
    assert give(shared_cloud, expires_at="9999-12-31T23:59:59-12:00").status == 400


def test_which_trust_is_handed_on_is_not_for_the_client_to_say(cloud: Cloud) -> None:
    theirs = made(cloud, "manager", "reader", roles=[{"name": "manager"}], allow_redelegation=True)
    taken = give(cloud, "member", redelegated_trust_id=theirs["id"], roles=[{"name": "manager"}])
    assert taken.status == 404
    assert made(cloud, redelegated_trust_id=theirs["id"])["redelegated_trust_id"] is None


def test_a_line_ends_with_its_first(cloud: Cloud) -> None:
    line, texts = _line(cloud)
    assert cloud.call("DELETE", f"{PATH}/{line[0]['id']}", "member").status == 204
    assert [alive(cloud, text) for text in texts] == [False] * 3
    assert rows("SELECT id FROM identity_trusts") == []


def test_a_line_is_held_by_all_its_hands(cloud: Cloud) -> None:
    line, texts = _line(cloud)
    _disable(cloud, "stranger")
    assert [alive(cloud, text) for text in texts] == [False] * 3
    assert enter(cloud, line[1], "manager").status == 403
    assert cloud.call("GET", f"{PATH}/{line[1]['id']}", "member").status == 403
    _disable(cloud, "stranger", True)
    assert enter(cloud, line[1], "manager").status == 201


def test_a_line_of_trustees_ends_with_the_first_ones_role(cloud: Cloud) -> None:
    """Without impersonation the one who hands on is the trustor; the roles still are of whoever lent first."""
    source = made(cloud, "member", "manager", allow_redelegation=True, impersonation=False)
    by = token(cloud, source, "manager")
    child = made(cloud, "manager", "stranger", by=by, impersonation=False)
    text = token(cloud, child)
    path = f"/v3/projects/{cloud.ids['project']}/users/{cloud.ids['member']}/roles/{cloud.made.roles['member']}"
    assert cloud.call("DELETE", path, "admin").status == 204
    assert not alive(cloud, text)
    assert enter(cloud, child).status == 403


def test_its_token_is_traded_for_no_other_and_changes_no_credentials(cloud: Cloud) -> None:
    text = token(cloud, made(cloud))
    for scope in ({}, {"scope": {"project": {"id": cloud.ids["project"]}}}):
        auth = {"auth": {"identity": {"methods": ["token"], "token": {"id": text}}, **scope}}
        assert cloud.call("POST", "/v3/auth/tokens", body=auth).status == 403
    blob = {"credential": {"type": "cert", "blob": "x", "user_id": cloud.ids["member"]}}
    assert cloud.call("POST", "/v3/credentials", text, blob).status == 403
    assert cloud.call("GET", "/v3/credentials", text).json["credentials"] == []
    keys = f"/v3/users/{cloud.ids['member']}/credentials/OS-EC2"
    assert cloud.call("POST", keys, text, {"tenant_id": cloud.ids["project"]}).status == 403
    assert cloud.call("GET", keys, text).status == 403


def test_a_lent_token_gives_no_trusts(cloud: Cloud) -> None:
    path = f"/v3/users/{cloud.ids['member']}/application_credentials"
    asked = {"application_credential": {"name": "robot", "unrestricted": True}}
    robot = cloud.call("POST", path, "member", asked).json["application_credential"]
    proof = {"id": robot["id"], "secret": robot["secret"]}
    auth = {"auth": {"identity": {"methods": ["application_credential"], "application_credential": proof}}}
    text = cloud.call("POST", "/v3/auth/tokens", body=auth).headers["x-subject-token"]
    assert give(cloud, by=text).status == 403
    assert cloud.call("GET", f"{PATH}?trustor_user_id={cloud.ids['member']}", text).status == 403


def test_lists(cloud: Cloud) -> None:
    first, second = made(cloud), made(cloud, "manager", "reader")
    mine, theirs = f"?trustor_user_id={cloud.ids['member']}", f"?trustee_user_id={cloud.ids['stranger']}"
    for query in (mine, theirs, f"{mine}&{theirs[1:]}"):
        listed = cloud.call("GET", PATH + query, "auditor").json["trusts"]
        assert [trust["id"] for trust in listed] == [first["id"]]
    everything = cloud.call("GET", PATH, "admin").json["trusts"]
    assert [trust["id"] for trust in everything] == sorted([first["id"], second["id"]])
    assert cloud.call("GET", PATH + theirs, "stranger").status == 200
    assert cloud.call("GET", PATH + theirs, "member").status == 403
    assert cloud.call("GET", PATH + mine, "stranger").status == 403


@pytest.mark.parametrize("whom", ["trustor", "trustee"])
def test_a_refusal_names_what_was_asked(shared_cloud: Cloud, whom: str) -> None:
    answer = shared_cloud.call("GET", f"{PATH}?{whom}_user_id={shared_cloud.ids['member']}", "manager")
    assert f"identity:list_trusts_for_{whom}." in answer.json["error"]["message"]


def test_a_trustee_does_not_log_the_trustor_out(cloud: Cloud) -> None:
    text = token(cloud, made(cloud))
    assert cloud.call("DELETE", f"/v3/users/{cloud.ids['member']}/tokens", text).status == 403
    assert alive(cloud, cloud.tokens["member"])
