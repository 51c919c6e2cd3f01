"""Tokens made from tokens, validated after their time, and revoked with what was made from them."""

from typing import Any

import pytest

from stacklab.core import clock
from stacklab.identity import tokens
from tests.support.api import Answer
from tests.support.identity_cloud import Cloud


def exchange(cloud: Cloud, token: str, scope: Any = None) -> Answer:
    auth = {"identity": {"methods": ["token"], "token": {"id": token}}, **({"scope": scope} if scope else {})}
    return cloud.call("POST", "/v3/auth/tokens", body={"auth": auth})


def here(cloud: Cloud) -> dict[str, Any]:
    return {"project": {"id": cloud.ids["project"]}}


def works(cloud: Cloud, token: str) -> bool:
    return cloud.call("GET", "/v3/auth/projects", token).status == 200


def test_every_token_of_a_chain_names_the_first(cloud: Cloud) -> None:
    first = cloud.identity.check(cloud.tokens["unscoped"]).audit_ids[0]
    second = exchange(cloud, cloud.tokens["unscoped"], here(cloud))
    third = exchange(cloud, second.headers["x-subject-token"], "unscoped")
    assert [t.json["token"]["audit_ids"][1:] for t in (second, third)] == [[first], [first]]


@pytest.mark.parametrize(("query", "survives"), [("", False), ("?cascade=false", True), ("?cascade=true", False)])
def test_what_was_made_from_it_goes_with_it(cloud: Cloud, query: str, survives: bool) -> None:
    first = cloud.token("member", "unscoped")
    second = exchange(cloud, first, here(cloud)).headers["x-subject-token"]
    assert cloud.call("DELETE", f"/v3/auth/tokens{query}", first, x_subject_token=first).status == 204
    assert not works(cloud, first)
    assert works(cloud, second) is survives
    assert works(cloud, cloud.tokens["member"])


def test_what_it_was_made_from_stays(cloud: Cloud) -> None:
    first = cloud.token("member", "unscoped")
    second = exchange(cloud, first, here(cloud)).headers["x-subject-token"]
    assert cloud.call("DELETE", "/v3/auth/tokens", second, x_subject_token=second).status == 204
    assert works(cloud, first)


def test_the_system_is_left_by_logging_in_anew(cloud: Cloud) -> None:
    system, admin = cloud.tokens["system"], {"project": {"id": cloud.made.admin_project_id}}
    assert exchange(cloud, system, admin).status == 403
    assert exchange(cloud, system, {"domain": {"id": "default"}}).status == 403
    assert exchange(cloud, system, {"system": {"all": True}}).status == 201
    assert exchange(cloud, system, "unscoped").status == 201


def test_exchange_of_scoped_tokens_can_be_switched_off(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud.identity.settings.identity, "rescope_scoped_tokens", False)
    assert exchange(cloud, cloud.tokens["member"], here(cloud)).status == 403
    assert exchange(cloud, cloud.tokens["unscoped"], here(cloud)).status == 201


def test_a_domain_is_no_project(cloud: Cloud) -> None:
    assert exchange(cloud, cloud.tokens["unscoped"], {"project": {"id": "default"}}).status == 401


@pytest.mark.parametrize(
    "scope", [{}, {"domain": {"id": "default"}, "project": {"id": "x"}}, {"project": {"name": "x"}}]
)
def test_scopes_that_say_nothing(cloud: Cloud, scope: Any) -> None:
    auth = {"identity": {"methods": ["token"], "token": {"id": cloud.tokens["unscoped"]}}, "scope": scope}
    assert cloud.call("POST", "/v3/auth/tokens", body={"auth": auth}).status == 400


def validate(cloud: Cloud, persona: str, token: str, query: str) -> int:
    return cloud.call("GET", f"/v3/auth/tokens{query}", persona, x_subject_token=token).status


def test_an_expired_token_can_be_looked_at_for_a_while(cloud: Cloud) -> None:
    """A service that works for a user finishes what took longer than the user's token lived."""
    token, end = cloud.tokens["member"], cloud.identity.check(cloud.tokens["member"]).expires_at
    try:
        clock.use(lambda: end)
        cloud.user("nova", "service", cloud.ids["project"])
        cloud.tokens["nova"] = cloud.token("nova", here(cloud))
        assert validate(cloud, "nova", token, "") == 404
        assert validate(cloud, "nova", token, "?allow_expired=false") == 404
        assert validate(cloud, "nova", token, "?allow_expired=1") == 200
        assert not works(cloud, token)
        clock.use(lambda: end + tokens.GRACE)
        cloud.tokens["nova"] = cloud.token("nova", here(cloud))
        assert validate(cloud, "nova", token, "?allow_expired=1") == 404
    finally:
        clock.use(None)


def test_a_revoked_token_is_not_looked_at_however_late(cloud: Cloud) -> None:
    token, end = cloud.tokens["member"], cloud.identity.check(cloud.tokens["member"]).expires_at
    cloud.call("DELETE", "/v3/auth/tokens", token, x_subject_token=token)
    try:
        clock.use(lambda: end + tokens.GRACE - clock.SECOND)
        cloud.identity = cloud.restart()
        cloud.tokens["system"] = cloud.token("admin", {"system": {"all": True}})
        assert validate(cloud, "system", token, "?allow_expired=1") == 404
    finally:
        clock.use(None)
