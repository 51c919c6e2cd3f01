"""A forgotten password: asked for alike, set once by who holds the link, and everybody is logged out."""

from collections.abc import Callable

import pytest

from tests.support.mailbox import Mailbox, text, token
from tests.support.signup_node import PASSWORD, Node

ANA = "ana@example.org"
NEW = "a very different one"
Later = Callable[[float], None]


@pytest.fixture
def ana(mailing: Node) -> Node:
    mailing.identity.admit(ANA, PASSWORD, {"language": "zh"})
    return mailing


def ask(node: Node, mailbox: Mailbox, email: str = ANA) -> str:
    """The link's token."""
    assert node.post("/reset", {"email": email}).status == 202
    node.settle()
    return token(mailbox.mails.pop())


def test_a_new_password(ana: Node, mailbox: Mailbox) -> None:
    before = ana.token()
    held = ask(ana, mailbox, "ANA@Example.org")
    assert ana.post("/password", {"token": held, "password": "short"}).status == 400
    assert ana.post("/link", {"token": held}).json["link"]["kind"] == "reset"
    assert ana.post("/password", {"token": held, "password": NEW}).status == 204
    assert (ana.login().status, ana.login(password=NEW).status) == (401, 201)
    assert ana.api.get("/signup/account", before).status == 401
    assert ana.post("/password", {"token": held, "password": "yet another one"}).status == 404
    ana.settle()
    assert "密码已更改" in mailbox.mails[0]["subject"]


def test_known_and_unknown_are_answered_alike(ana: Node, mailbox: Mailbox) -> None:
    known, unknown = (ana.post("/reset", {"email": email}) for email in (ANA, "bob@example.org"))
    assert known.status == unknown.status == 202
    assert sorted(known.headers) == sorted(unknown.headers)
    assert known.raw.replace(b"ana@", b"bob@") == unknown.raw
    ana.settle()
    assert [mail["to"] for mail in mailbox.mails] == [ANA]


def test_the_link_is_good_for_an_hour(ana: Node, mailbox: Mailbox, later: Later) -> None:
    held = ask(ana, mailbox)
    later(3601)
    assert ana.post("/password", {"token": held, "password": NEW}).status == 404


def test_one_used_link_voids_the_others(ana: Node, mailbox: Mailbox) -> None:
    first, second = ask(ana, mailbox), ask(ana, mailbox)
    assert ana.post("/password", {"token": second, "password": NEW}).status == 204
    assert ana.post("/password", {"token": first, "password": PASSWORD}).status == 404


def test_a_link_for_one_thing_does_no_other(ana: Node, mailbox: Mailbox) -> None:
    held = ask(ana, mailbox)
    assert ana.post("/verify", {"token": held, "password": NEW}).status == 404
    ana.post("", {"email": "bob@example.org"})
    ana.settle()
    other = token(mailbox.mails[-1])
    assert ana.post("/password", {"token": other, "password": NEW}).status == 404


def test_a_link_never_follows_a_forged_host(ana: Node, mailbox: Mailbox) -> None:
    ana.post("/reset", {"email": ANA}, host="evil.test", x_forwarded_host="evil.test")
    ana.settle()
    assert "evil" not in text(mailbox.mails[0])


def test_a_suspended_account_gets_no_link(ana: Node, mailbox: Mailbox) -> None:
    admin = ana.token("admin")
    user = ana.login().json["token"]["user"]["id"]
    ana.post(f"/accounts/{user}/suspend", {}, admin)
    ana.post("/reset", {"email": ANA})
    ana.settle()
    assert mailbox.mails == []


def test_the_operator_s_rules_keep_the_link(ana: Node, mailbox: Mailbox) -> None:
    held = ask(ana, mailbox)
    ana.settings.identity.unique_last_password_count = 2
    assert ana.post("/password", {"token": held, "password": PASSWORD}).status == 400
    assert ana.post("/password", {"token": held, "password": NEW}).status == 204


def test_who_asks_too_often_is_told_to_wait(ana: Node) -> None:
    answers = [ana.post("/reset", {"email": f"nobody{number}@example.org"}) for number in range(6)]
    assert [answer.status for answer in answers] == [202] * 5 + [429]
    assert "retry-after" in answers[-1].headers
