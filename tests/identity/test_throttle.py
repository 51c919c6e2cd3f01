"""Failed log-ins: counted by address and by address and user, refused before anything is hashed, and forgotten."""

from typing import Any

import pytest

from stacklab.core import clock
from stacklab.core.settings import Identity as IdentitySettings
from stacklab.identity.passwords import Passwords
from stacklab.identity.throttle import Backoff, Failures, Throttle
from tests.support.api import Answer
from tests.support.identity_cloud import PASSWORD, Cloud

HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def strict(cloud: Cloud) -> Cloud:
    """Three failures for a user, five for an address."""
    settings = IdentitySettings(login_failures_per_user=3, login_failures_per_address=5)
    cloud.identity.throttle = Throttle(settings)
    return cloud


def login(cloud: Cloud, password: str = "wrong", address: str = HERE, **user: Any) -> Answer:
    given = {"domain": {"id": "default"}, "password": password, **(user or {"name": "member"})}
    identity = {"methods": ["password"], "password": {"user": given}}
    return post(cloud, identity, address)


def post(cloud: Cloud, identity: Any, address: str = HERE) -> Answer:
    return cloud.call("POST", "/v3/auth/tokens", body={"auth": {"identity": identity}}, x_forwarded_for=address)


def test_too_many_failures_are_refused_without_hashing(strict: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [login(strict).status for _ in range(3)] == [401] * 3
    monkeypatch.setattr(Passwords, "verify", None)
    answer = login(strict, PASSWORD)
    assert answer.status == 429
    assert answer.json["error"]["code"] == 429
    assert answer.json["error"]["title"] == "Too Many Requests"
    assert 25 <= int(answer.headers["retry-after"]) <= 30


def test_other_users_and_other_addresses_are_not_held_up(strict: Cloud) -> None:
    assert [login(strict).status for _ in range(4)] == [401] * 3 + [429]
    assert login(strict, PASSWORD, name="reader").status == 201
    assert login(strict, PASSWORD, THERE).status == 201


def test_capitals_make_no_other_user(strict: Cloud) -> None:
    assert [login(strict, name=name).status for name in ("member", "Member", "MEMBER", "mEMBER")] == [401] * 3 + [429]


def test_unknown_users_count_the_same(strict: Cloud) -> None:
    known = [login(strict).status for _ in range(4)]
    assert [login(strict, address=THERE, name="nobody").status for _ in range(4)] == known


def test_success_clears_the_pair_but_not_the_address(strict: Cloud) -> None:
    for _ in range(2):
        assert [login(strict).status for _ in range(2)] == [401] * 2
        assert login(strict, PASSWORD).status == 201
    assert login(strict, name="nobody").status == 401
    assert login(strict, PASSWORD, name="reader").status == 429
    assert login(strict, PASSWORD, THERE, name="reader").status == 201


def test_the_wait_ends_and_doubles_with_each_failure_after_it(strict: Cloud) -> None:
    started = clock.now()
    try:
        assert [login(strict).status for _ in range(4)] == [401] * 3 + [429]
        clock.use(lambda: started + 32 * clock.SECOND)
        assert login(strict).status == 401
        again = login(strict, PASSWORD)
        assert again.status == 429
        assert 55 <= int(again.headers["retry-after"]) <= 60
        clock.use(lambda: started + 95 * clock.SECOND)
        assert login(strict, PASSWORD).status == 201
        assert login(strict, address=THERE).status == 401
    finally:
        clock.use(None)


def test_no_wait_is_longer_than_the_longest_and_an_old_failure_is_forgotten() -> None:
    backoff = Backoff(most=1, first=30, longest=3600)
    for _ in range(100):
        backoff.add("a")
    assert 3590 * clock.SECOND < backoff.wait("a") <= 3600 * clock.SECOND
    later = clock.now() + 3601 * clock.SECOND
    clock.use(lambda: later)
    try:
        assert backoff.wait("a") == 0
        backoff.add("a")
        assert backoff.wait("a") == 30 * clock.SECOND
    finally:
        clock.use(None)


def test_changing_a_password_counts_too(strict: Cloud) -> None:
    path = f"/v3/users/{strict.ids['member']}/password"

    def change(original: str) -> int:
        body = {"user": {"original_password": original, "password": "brand new words"}}
        return strict.call("POST", path, body=body, x_forwarded_for=HERE).status

    assert [change("wrong") for _ in range(3)] == [401] * 3
    assert change(PASSWORD) == 429
    assert login(strict, PASSWORD, id=strict.ids["member"]).status == 429


@pytest.mark.parametrize("by", [{"id": "missing"}, {"name": "ci", "user": {"id": "nobody"}}])
def test_secrets_of_application_credentials_count_too(strict: Cloud, by: dict[str, Any]) -> None:
    proof = {"methods": ["application_credential"], "application_credential": {"secret": "x", **by}}
    assert [post(strict, proof).status for _ in range(4)] == [401] * 3 + [429]


def test_a_token_is_exchanged_whatever_failed(strict: Cloud) -> None:
    for number in range(5):
        login(strict, name=f"nobody{number}")
    proof = {"methods": ["token"], "token": {"id": strict.tokens["unscoped"]}}
    assert login(strict).status == 429
    assert post(strict, proof).status == 201


@pytest.mark.parametrize("failures", [Failures(most=2, kept=3), Backoff(most=2, first=30, longest=300, kept=3)])
def test_memory_is_bounded(failures: Failures | Backoff) -> None:
    for key in ("a", "b", "a", "c", "d"):
        failures.add(key)
    assert len(failures) == 3
    assert failures.wait("a") > 0  # it failed after b, which went
    later = clock.now() + 301 * clock.SECOND
    clock.use(lambda: later)
    try:
        failures.add("e")
        assert len(failures) == 1
    finally:
        clock.use(None)


@pytest.mark.parametrize("failures", [Failures(most=1), Backoff(most=1, first=30, longest=300)])
def test_a_clock_set_back_locks_nobody_out(failures: Failures | Backoff) -> None:
    failures.add("a")
    earlier = clock.now() - 3600 * clock.SECOND
    clock.use(lambda: earlier)
    try:
        assert failures.wait("a") == 0
    finally:
        clock.use(None)
