"""Sign-up: an account at once, rules and limits in words, and nothing told about who has an account."""

import re
from typing import Any

import pytest

from stacklab.core import clock
from stacklab.core.db.database import rows
from stacklab.core.events import Event
from stacklab.signup.schema import is_email
from tests.support.api import Answer
from tests.support.signup_node import PASSWORD, Node

PEOPLE = "SELECT name FROM identity_users WHERE name <> 'admin' ORDER BY name"


def test_what_the_form_needs_to_know(node: Node) -> None:
    assert node.api.get("/signup").json == {
        "enabled": True,
        "password_min_length": 10,
        "region": "RegionOne",
        "verification": False,
        "reset": False,
        "proof": {"needed": False, "bits": 0, "mail": False},
    }


def test_a_newcomer_can_work_at_once(node: Node) -> None:
    news: list[Event] = []
    node.bus.subscribe("signup.admitted", news.append)
    answer = node.signup()
    assert answer.status == 201
    user, project = answer.json["user"], answer.json["project"]
    assert user["name"] == "ana@example.org"
    assert re.fullmatch(r"ana-[0-9a-f]{6}", project["name"])
    token = node.login().json["token"]
    assert token["user"]["id"] == user["id"]
    assert (token["project"]["id"], token["project"]["name"]) == (project["id"], project["name"])
    assert {role["name"] for role in token["roles"]} == {"member", "reader"}
    assert [(event.subject, event.project_id) for event in news] == [(user["id"], project["id"])]


def test_the_address_is_kept_in_small_letters(node: Node) -> None:
    assert node.signup("Ana@Example.ORG").json["user"]["name"] == "ana@example.org"
    assert node.login("ANA@example.org").status == 201


def test_two_people_with_the_same_name_before_the_at(node: Node) -> None:
    names = {node.signup(f"ana@{host}.org").json["project"]["name"] for host in ("a", "b", "c")}
    assert len(names) == 3


@pytest.mark.parametrize("email", ["a.b+c@example.org", "o'neil@sub.example.co.uk", "x@1.io", "a" * 64 + "@b.cd"])
def test_addresses(email: str) -> None:
    assert is_email(email)


@pytest.mark.parametrize(
    "email",
    ["", "ana", "ana@", "@example.org", "ana@example", "a b@example.org", "ana@-x.org", "a..b@x.org", "ana@x.org\n",
     "ana@exa_mple.org", "ана@example.org", "ana@x.org,eve@x.org", "<ana@x.org>", "ana@x..org", ".a@x.org"],
)  # fmt: skip
def test_what_is_no_address(node: Node, email: str) -> None:
    answer = node.signup(email)
    assert answer.status == 400
    assert answer.json["error"]["message"] == "Invalid input for field 'email': it is not an e-mail address."


BAD: list[tuple[Any, str]] = [
    ({"email": "ana@example.org", "password": "short"}, "at least 10 characters"),
    ({"email": "ana@example.org", "password": "aaaaaaaaaaaa"}, "too easy"),
    ({"email": "ana@example.org", "password": "Ana@example.org"}, "too easy"),
    ({"email": "ana@example.org", "password": PASSWORD, "region": "Mars"}, "region"),
    ({"email": "ana@example.org", "password": PASSWORD, "admin": True}, "admin"),
    ({"email": "ana@example.org", "password": "x" * 5000}, "password"),
    ({"email": "a" * 250 + "@x.org", "password": PASSWORD}, "email"),
    ({"email": "ana@example.org"}, "password"),
    ({"email": 5, "password": PASSWORD}, "email"),
    (b"{", "JSON"),
    (b"", "missing"),
]


@pytest.mark.parametrize(("body", "words"), BAD, ids=[words for _, words in BAD])
def test_a_bad_field_is_named_and_changes_nothing(node: Node, body: Any, words: str) -> None:
    answer = node.api.post("/signup", body=body)
    assert answer.status == 400
    assert words in answer.json["error"]["message"]
    assert rows(PEOPLE) == []
    assert rows("SELECT * FROM signup_attempts") == []


def test_a_body_is_small(node: Node) -> None:
    assert node.api.post("/signup", body=b" " * 20_000).status == 413


def test_closed(node: Node) -> None:
    node.settings.signup.enabled = False
    answer = node.signup()
    assert answer.status == 403
    assert "closed" in answer.json["error"]["message"]
    assert node.api.get("/signup").json["enabled"] is False


def test_the_limit_is_told_with_the_time_to_wait(node: Node) -> None:
    for number in range(5):
        assert node.signup(f"user{number}@example.org").status == 201
    answer = node.signup("user5@example.org")
    assert answer.status == 429
    assert 3590 <= int(answer.headers["retry-after"]) <= 3600
    assert "60 minutes" in answer.json["error"]["message"]
    assert len(rows(PEOPLE)) == 5


def test_the_limit_survives_a_restart_and_ends_after_an_hour(node: Node) -> None:
    for number in range(5):
        node.signup(f"user{number}@example.org")
    node.restart()
    assert node.signup("user5@example.org").status == 429
    later = clock.now() + 3601 * clock.SECOND
    clock.use(lambda: later)
    try:
        assert node.signup("user5@example.org").status == 201
    finally:
        clock.use(None)
    assert len(rows("SELECT * FROM signup_attempts WHERE address LIKE 'address %'")) == 1


def test_each_address_has_its_own_limit(node: Node) -> None:
    def attempt(number: int, address: str) -> int:
        return node.signup(f"u{number}@example.org", x_forwarded_for=address).status

    assert [attempt(n, "192.0.2.1") for n in range(6)] == [201] * 5 + [429]
    assert attempt(6, "192.0.2.2") == 201
    # Only what our own proxy says counts: the last entry.
    assert attempt(7, "192.0.2.99, 192.0.2.1") == 429
    # A /64 is one client, and a mapped IPv4 address is that IPv4 address.
    assert [attempt(10 + n, f"2001:db8::{n}") for n in range(6)] == [201] * 5 + [429]
    assert attempt(20, "2001:db8:0:1::1") == 201
    assert attempt(21, "::ffff:192.0.2.1") == 429


def shape(answer: Answer) -> Any:
    """What somebody sees who does not know the ids: status, header names, keys and the form of the values."""
    body = re.sub(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", "ID", answer.raw.decode())
    return answer.status, sorted(answer.headers), re.sub(r"-[0-9a-f]{6}", "-RANDOM", body)


def test_a_taken_address_looks_like_a_free_one(node: Node) -> None:
    fresh = node.signup()
    taken = node.signup(password="another long password")
    assert shape(taken) == shape(fresh)
    assert taken.json != fresh.json
    assert rows(PEOPLE) == [("ana@example.org",)]
    assert node.login(password="another long password").status == 401
    assert node.login().status == 201


def test_asking_again_tells_no_more(node: Node) -> None:
    """Whoever asks twice with each of two passwords sees the same pattern whether they made the account or not."""

    def pattern(email: str) -> list[bool]:
        asked = [node.signup(email, password).json for password in ("first password", "second password") * 2]
        return [asked[0] == asked[2], asked[1] == asked[3], asked[0] == asked[1]]

    node.settings.signup.per_address_hour = 100
    node.signup("taken@example.org")
    assert pattern("taken@example.org") == pattern("free@example.org") == [True, True, False]


def test_the_right_password_finds_the_account_it_opens(node: Node) -> None:
    assert node.signup().json == node.signup().json


def test_a_switched_off_account_is_not_told_either(node: Node) -> None:
    made = node.signup()
    token = node.login("admin").headers["x-subject-token"]
    path = f"/identity/v3/users/{made.json['user']['id']}"
    assert node.api.patch(path, token, {"user": {"enabled": False}}).status == 200
    again = node.signup()
    assert shape(again) == shape(made)
    assert again.json != made.json


@pytest.mark.parametrize("taken", [False, True])
def test_the_work_is_the_same(node: Node, monkeypatch: pytest.MonkeyPatch, taken: bool) -> None:
    """One verification and one hash, for a free address and for a taken one."""
    if taken:
        node.signup()
    done: list[str] = []
    passwords = node.identity.passwords
    for name in ("hash", "verify"):
        real = getattr(passwords, name)

        def counted(*args: Any, name: str = name, real: Any = real) -> Any:
            done.append(name)
            return real(*args)

        monkeypatch.setattr(passwords, name, counted)
    assert node.signup(password="quite another one").status == 201
    assert done == ["verify", "hash"]


def test_pretending_leaves_nothing(node: Node) -> None:
    node.signup()
    tables = ("identity_users", "identity_projects", "identity_assignments")
    before = [rows(f"SELECT * FROM {table}") for table in tables]
    news: list[Event] = []
    node.bus.subscribe("*", news.append)
    assert node.signup(password="quite another one").status == 201
    assert [rows(f"SELECT * FROM {table}") for table in tables] == before
    assert news == []


def test_the_limit_counts_taken_addresses_too(node: Node) -> None:
    assert [node.signup(password=f"wrong password {n}").status for n in range(6)] == [201] * 5 + [429]
