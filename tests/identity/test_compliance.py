"""The rules an operator may set for passwords: each switched on alone, seen through the API."""

from collections.abc import Iterator
from typing import Any

import pytest

from stacklab.core import clock
from stacklab.core.db.database import rows
from stacklab.core.settings import Identity as IdentitySettings
from stacklab.core.settings import Settings
from stacklab.identity import users
from stacklab.identity.passwords import Passwords
from stacklab.identity.throttle import Throttle
from tests.support.identity_cloud import PASSWORD, Cloud

DAY = 86400 * clock.SECOND


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = clock.now()
        clock.use(lambda: self.now)

    def passes(self, days: float = 0, seconds: float = 0) -> None:
        self.now += int(days * DAY + seconds * clock.SECOND)


@pytest.fixture
def time() -> Iterator[Time]:
    yield Time()
    clock.use(None)


def rule(cloud: Cloud, **rules: Any) -> None:
    settings = IdentitySettings(password_time_cost=1, password_memory_kib=8, **rules)
    cloud.identity.settings = Settings(identity=settings)


def change(cloud: Cloud, original: str, password: str, name: str = "member") -> tuple[int, str]:
    """Status and message of changing one's own password."""
    body = {"user": {"original_password": original, "password": password}}
    answer = cloud.call("POST", f"/v3/users/{cloud.ids[name]}/password", body=body)
    return answer.status, answer.json["error"]["message"] if answer.status >= 400 else ""


def give(cloud: Cloud, name: str = "member", **changes: Any) -> dict[str, Any]:
    answer = cloud.call("PATCH", f"/v3/users/{cloud.ids[name]}", "admin", {"user": changes})
    assert answer.status == 200, answer.raw
    found: dict[str, Any] = answer.json["user"]
    return found


def renew(cloud: Cloud) -> None:
    """The administrator's token lives a day."""
    cloud.tokens["admin"] = cloud.token("admin", {"project": {"id": cloud.made.admin_project_id}})


def stored(cloud: Cloud) -> str:
    user = users.find(cloud.ids["member"])
    assert user is not None
    return str(user.password)


def try_in(cloud: Cloud, *passwords: str) -> list[int]:
    return [cloud.login("member", password=password).status for password in passwords]


def test_everything_is_off_unless_asked_for(cloud: Cloud, time: Time) -> None:
    assert try_in(cloud, *["wrong"] * 9, PASSWORD) == [401] * 9 + [201]
    time.passes(days=5000)
    assert try_in(cloud, PASSWORD) == [201]
    assert change(cloud, PASSWORD, PASSWORD) == (204, "")


def test_wrong_passwords_lock_and_time_opens(cloud: Cloud, time: Time) -> None:
    rule(cloud, lockout_failure_attempts=2, lockout_duration=60)
    assert try_in(cloud, "wrong", "wrong", PASSWORD) == [401] * 3
    cloud.identity.passwords = cloud.restart().passwords
    time.passes(seconds=59)
    assert try_in(cloud, PASSWORD) == [401]
    time.passes(seconds=2)
    assert try_in(cloud, PASSWORD, "wrong", PASSWORD) == [201, 401, 201]


def test_each_guess_after_a_lock_doubles_the_next_and_quiet_ends_it(cloud: Cloud, time: Time) -> None:
    cloud.identity.throttle = Throttle(IdentitySettings(login_failures_per_user=100))  # the account's lock alone
    rule(cloud, lockout_failure_attempts=2, lockout_duration=60, lockout_longest=300)
    assert try_in(cloud, "wrong", "wrong") == [401] * 2
    for seconds in (60, 120, 240):
        time.passes(seconds=seconds - 1)
        assert try_in(cloud, PASSWORD) == [401]
        time.passes(seconds=2)
        assert try_in(cloud, "wrong") == [401]
    time.passes(seconds=301)
    assert try_in(cloud, "wrong", PASSWORD) == [401, 201], "a count that nobody added to is forgotten"


def test_guesses_while_it_is_locked_do_not_lock_it_longer(cloud: Cloud, time: Time) -> None:
    rule(cloud, lockout_failure_attempts=2, lockout_duration=60)
    assert try_in(cloud, "wrong", "wrong", "wrong") == [401] * 3
    time.passes(seconds=61)
    assert try_in(cloud, PASSWORD) == [201]


def test_a_locked_account_looks_like_one_that_is_not_there(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    rule(cloud, lockout_failure_attempts=1)
    hashed: list[str | None] = []

    def verify(self: Passwords, stored: str | None, password: str) -> bool:
        hashed.append(stored)
        return real(self, stored, password)

    real = Passwords.verify
    monkeypatch.setattr(Passwords, "verify", verify)
    answers = [cloud.login("member", password="wrong"), cloud.login("member"), cloud.login("nobody", password="wrong")]
    assert len(hashed) == len(answers)
    assert len({answer.raw for answer in answers}) == 1


def test_an_administrator_opens_a_lock_and_an_option_prevents_one(cloud: Cloud) -> None:
    rule(cloud, lockout_failure_attempts=1)
    assert try_in(cloud, "wrong", PASSWORD) == [401, 401]
    give(cloud, enabled=True)
    assert try_in(cloud, PASSWORD) == [201]
    give(cloud, options={"ignore_lockout_failure_attempts": True})
    assert try_in(cloud, "wrong", "wrong", PASSWORD) == [401, 401, 201]


def test_changing_the_password_counts_as_guessing_too(cloud: Cloud) -> None:
    rule(cloud, lockout_failure_attempts=1)
    assert [change(cloud, "wrong", "new one")[0], change(cloud, PASSWORD, "new one")[0]] == [401, 401]


def test_a_password_expires_and_its_user_may_still_change_it(cloud: Cloud, time: Time) -> None:
    rule(cloud, password_expires_days=30)
    assert give(cloud)["password_expires_at"] is None  # it was there before the rule
    given = give(cloud, password="first password")
    assert given["password_expires_at"] == clock.naive_us((time.now + 30 * DAY) // clock.SECOND * clock.SECOND)
    time.passes(days=31)
    answer = cloud.login("member", password="first password")
    words = f"The password is expired and needs to be changed for user: {cloud.ids['member']}."
    assert (answer.status, answer.json["error"]["message"]) == (401, words)
    assert cloud.login("member", password="wrong").json["error"]["message"] != words
    assert change(cloud, "first password", "second password") == (204, "")
    assert try_in(cloud, "second password") == [201]


def test_a_password_does_not_expire_for_whom_an_option_spares(cloud: Cloud, time: Time) -> None:
    rule(cloud, password_expires_days=30)
    give(cloud, password="first password")
    time.passes(days=31)
    renew(cloud)
    give(cloud, options={"ignore_password_expiry": True})
    assert try_in(cloud, "first password") == [201]
    assert give(cloud, password="another")["password_expires_at"] is None


def test_a_newcomer_s_password_expires_too_and_counts_as_chosen(cloud: Cloud, time: Time) -> None:
    rule(cloud, password_expires_days=30, change_password_upon_first_use=True, minimum_password_age=1)
    newcomer = cloud.identity.admit("ana@example.org", PASSWORD)
    assert newcomer is not None
    cloud.ids["ana"] = newcomer.user_id
    assert cloud.login("ana@example.org").status == 201
    assert change(cloud, PASSWORD, "another", "ana")[0] == 400
    time.passes(days=31)
    assert cloud.login("ana@example.org").status == 401
    assert change(cloud, PASSWORD, "another", "ana")[0] == 204


def test_what_an_administrator_gives_is_changed_first(cloud: Cloud) -> None:
    rule(cloud, change_password_upon_first_use=True)
    give(cloud, password="given to them")
    assert try_in(cloud, "given to them") == [401]
    assert change(cloud, "given to them", "chosen by them") == (204, "")
    assert try_in(cloud, "chosen by them") == [201]
    give(cloud, options={"ignore_change_password_upon_first_use": True})
    give(cloud, password="given again")
    assert try_in(cloud, "given again") == [201]


def test_old_passwords_do_not_come_back_soon(cloud: Cloud) -> None:
    rule(cloud, unique_last_password_count=3)
    for old, new in ((PASSWORD, "a"), ("a", "b"), ("b", "c")):
        assert change(cloud, old, new) == (204, "")
    for used in ("a", "b", "c"):
        status, words = change(cloud, "c", used)
        assert status == 400
        assert words.endswith("The total number which includes the new password must be unique is 3.")
    assert change(cloud, "c", PASSWORD) == (204, "")
    assert len(rows("SELECT hash FROM identity_passwords WHERE user_id = ?", (cloud.ids["member"],))) == 2


def test_an_administrator_may_give_an_old_one(cloud: Cloud) -> None:
    rule(cloud, unique_last_password_count=3)
    for _ in range(2):
        give(cloud, password=PASSWORD)
    assert try_in(cloud, PASSWORD) == [201]


def test_old_passwords_go_with_their_user(cloud: Cloud) -> None:
    rule(cloud, unique_last_password_count=3)
    assert change(cloud, PASSWORD, "another") == (204, "")
    assert cloud.call("DELETE", f"/v3/users/{cloud.ids['member']}", "admin").status == 204
    assert rows("SELECT 1 FROM identity_passwords") == []


def test_a_chosen_password_is_kept_for_a_while(cloud: Cloud, time: Time) -> None:
    rule(cloud, minimum_password_age=2)
    assert change(cloud, PASSWORD, "first") == (204, "")  # the one before was given, not chosen
    time.passes(days=0.5)
    status, words = change(cloud, "first", "second")
    assert status == 400
    assert "it must be used for 2 day(s) before it can be changed. Please try again in 1 day(s)" in words
    give(cloud, password="given")
    assert change(cloud, "given", "second") == (204, "")
    time.passes(days=2)
    assert change(cloud, "second", "third") == (204, "")


def test_a_pattern_with_words_for_people(cloud: Cloud) -> None:
    rule(cloud, password_regex="^(?=.*[0-9]).{7,}$", password_regex_description="seven characters, one a digit")
    words = "The password does not match the requirements: seven characters, one a digit."
    assert change(cloud, PASSWORD, "letters only") == (400, words)
    made = cloud.call("POST", "/v3/users", "admin", {"user": {"name": "ana", "password": "short 1"[:6]}})
    assert (made.status, made.json["error"]["message"]) == (400, words)
    assert cloud.call("PATCH", f"/v3/users/{cloud.ids['member']}", "admin", {"user": {"password": "x"}}).status == 400
    assert change(cloud, PASSWORD, "letters and 1 digit") == (204, "")


def test_a_locked_password_is_only_an_administrator_s_to_change(cloud: Cloud) -> None:
    give(cloud, options={"lock_password": True})
    status, words = change(cloud, PASSWORD, "another")
    assert (status, "policy disallowing password changes" in words) == (400, True)
    give(cloud, password="another")
    assert try_in(cloud, "another") == [201]


def test_who_stays_away_is_disabled(cloud: Cloud, time: Time) -> None:
    rule(cloud, disable_user_account_days_inactive=10)
    assert try_in(cloud, PASSWORD) == [201]
    renew(cloud)
    time.passes(days=0.9)
    assert try_in(cloud, PASSWORD) == [201]
    time.passes(days=8)
    renew(cloud)
    time.passes(days=4)
    renew(cloud)
    answer = cloud.login("member")
    assert answer.status == 401
    assert answer.json["error"]["message"] == f"The account is disabled for user: {cloud.ids['member']}."
    shown = cloud.call("GET", f"/v3/users/{cloud.ids['member']}", "admin").json["user"]
    listed = cloud.call("GET", "/v3/users?name=member", "admin").json["users"]
    assert [user["enabled"] for user in (shown, *listed)] == [False, False]
    assert give(cloud, enabled=True)["enabled"] is True
    assert try_in(cloud, PASSWORD) == [201]
    time.passes(days=12)
    assert cloud.login("admin").status == 401


def test_an_option_spares_who_stays_away(cloud: Cloud, time: Time) -> None:
    rule(cloud, disable_user_account_days_inactive=10)
    give(cloud, options={"ignore_user_inactivity": True})
    time.passes(days=20)
    assert try_in(cloud, PASSWORD) == [201]


def test_bcrypt_and_argon2_understand_each_other_s_past(cloud: Cloud) -> None:
    assert stored(cloud).startswith("$argon2id$")
    settings = IdentitySettings(
        password_hash="bcrypt", password_bcrypt_rounds=4, password_time_cost=1, password_memory_kib=8
    )
    cloud.identity.passwords = Passwords(settings)
    assert try_in(cloud, "wrong", PASSWORD) == [401, 201]
    assert stored(cloud).startswith("$2b$04$")
    assert try_in(cloud, "wrong", PASSWORD) == [401, 201]
    assert cloud.login("nobody").status == 401
    cloud.identity.passwords = cloud.restart().passwords
    assert try_in(cloud, PASSWORD) == [201]
    assert stored(cloud).startswith("$argon2id$")


@pytest.mark.parametrize("kind", ["argon2id", "bcrypt"])
def test_a_hash_of_either_kind(kind: Any) -> None:
    passwords = Passwords(
        IdentitySettings(password_hash=kind, password_bcrypt_rounds=4, password_time_cost=1, password_memory_kib=8)
    )
    stored = passwords.hash("pässword" * 20)
    assert passwords.verify(stored, "pässword" * 20)
    assert not passwords.verify(stored, "password")
    assert not passwords.verify(None, "password")
    assert not passwords.verify("no hash", "password")
    assert not passwords.outdated(stored)
    assert Passwords(IdentitySettings(password_hash=kind, password_bcrypt_rounds=5)).outdated(stored)


def test_a_pattern_that_cannot_be_read_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="password_regex"):
        IdentitySettings(password_regex="(")
