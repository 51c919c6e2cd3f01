"""Sign-up by a mailed link: the same to every stranger, an account for who holds the link, a mail for who has one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stacklab.core.db.database import proxy, rows
from tests.support.api import Answer
from tests.support.mailbox import Mailbox, text, token
from tests.support.signup_node import PASSWORD, Node, build

ANA = "ana@example.org"
PEOPLE = "SELECT name FROM identity_users WHERE name <> 'admin' ORDER BY name"
Later = Callable[[float], None]


def ask(node: Node, email: str = ANA, **more: str) -> Answer:
    return node.post("", {"email": email, **more})


def verified(node: Node, mailbox: Mailbox, email: str = ANA) -> None:
    """Sign up, open the link, forget the mail."""
    ask(node, email)
    node.settle()
    assert node.post("/verify", {"token": token(mailbox.mails.pop()), "password": PASSWORD}).status == 201


def test_an_account_by_a_mailed_link(mailing: Node, mailbox: Mailbox) -> None:
    answer = ask(mailing)
    assert answer.status == 202
    assert answer.json["verification"]["email"] == ANA
    assert rows(PEOPLE) == []
    mailing.settle()
    (mail,) = mailbox.mails
    assert (mail["to"], mail["from"], mail["auto-submitted"]) == (ANA, "Lab <lab@cloud.test>", "auto-generated")
    assert "http://cloud.test/verify?token=" in text(mail)
    held = token(mail)
    assert mailing.post("/link", {"token": held}).json["link"]["email"] == ANA
    assert mailing.post("/verify", {"token": held, "password": "short"}).status == 400
    made = mailing.post("/verify", {"token": held, "password": PASSWORD})
    assert made.status == 201
    assert mailing.login().json["token"]["project"]["id"] == made.json["project"]["id"]


def test_a_link_is_good_once_and_for_a_day(mailing: Node, mailbox: Mailbox, later: Later) -> None:
    verified(mailing, mailbox)
    ask(mailing, "eve@example.org")
    mailing.settle()
    held = token(mailbox.mails[0])
    later(24 * 3600 + 1)
    assert mailing.post("/link", {"token": held}).status == 404
    assert mailing.post("/verify", {"token": held, "password": PASSWORD}).status == 404
    assert rows(PEOPLE) == [(ANA,)]


def test_used_twice(mailing: Node, mailbox: Mailbox) -> None:
    ask(mailing)
    mailing.settle()
    held = token(mailbox.mails[0])
    assert mailing.post("/verify", {"token": held, "password": PASSWORD}).status == 201
    assert mailing.post("/verify", {"token": held, "password": "quite another one"}).status == 404
    assert mailing.login(password="quite another one").status == 401


def test_nothing_that_opens_a_link_is_kept(mailing: Node, mailbox: Mailbox, tmp_path: Path) -> None:
    ask(mailing)
    mailing.settle()
    held = token(mailbox.mails[0]).encode()
    assert all(held not in file.read_bytes() for file in tmp_path.glob("test.db*"))


def test_the_owner_of_a_taken_address_is_written_to(mailing: Node, mailbox: Mailbox) -> None:
    verified(mailing, mailbox)
    fresh, taken = ask(mailing, "eve@example.org"), ask(mailing)
    assert (fresh.status, sorted(fresh.json["verification"])) == (taken.status, sorted(taken.json["verification"]))
    mailing.settle()
    to_eve, to_ana = mailbox.mails
    assert "/verify?token=" in text(to_eve)
    assert "token=" not in text(to_ana)
    assert "already" in to_ana["subject"]


@pytest.mark.parametrize("path", ["", "/resend", "/reset"])
def test_the_work_is_the_same(mailing: Node, mailbox: Mailbox, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statement by statement, whoever asks for whatever address; and nobody is hashed for."""
    verified(mailing, mailbox, "known@example.org")
    said: list[str] = []
    real = proxy.obj.execute_sql

    def listening(sql: str, *args: object) -> object:
        said.append(sql)
        return real(sql, *args)

    monkeypatch.setattr(proxy.obj, "execute_sql", listening)
    work = []
    for email in ("known@example.org", "nobody@example.org"):
        said.clear()
        answer = mailing.post(path, {"email": email})
        work.append((answer.status, [*said]))
    assert work[0][0] == 202
    assert work[0] == work[1]
    assert sum("INSERT INTO signup_links" in sql or "INSERT INTO jobs" in sql for sql in work[0][1]) >= 1
    assert not any("identity_users" in sql for sql in work[0][1])


def test_a_second_mail(mailing: Node, mailbox: Mailbox) -> None:
    ask(mailing)
    mailing.settle()
    assert mailing.post("/resend", {"email": ANA}).status == 202
    mailing.settle()
    first, second = (token(mail) for mail in mailbox.mails)
    assert first != second
    assert mailing.post("/verify", {"token": first, "password": PASSWORD}).status == 201
    assert mailing.post("/link", {"token": second}).status == 404


def test_no_second_mail_for_who_never_asked(mailing: Node, mailbox: Mailbox) -> None:
    assert mailing.post("/resend", {"email": "nobody@example.org"}).status == 202
    mailing.settle()
    assert mailbox.mails == []


def test_one_recipient_gets_no_flood(mailing: Node, mailbox: Mailbox) -> None:
    for number in range(5):
        mailing.post("/resend", {"email": ANA}, x_forwarded_for=f"192.0.2.{number}")
        ask(mailing)
    mailing.settle()
    assert len(mailbox.mails) == 3


@pytest.mark.parametrize(
    ("asked", "accepted", "words"),
    [("zh-CN", "", "注册"), (None, "zh-TW,zh;q=0.9,en;q=0.8", "注册"), ("en", "zh", "signed up"),
     (None, "de, en;q=0.5, zh;q=0.2", "signed up"), (None, "", "signed up")],
)  # fmt: skip
def test_the_language(mailing: Node, mailbox: Mailbox, asked: str | None, accepted: str, words: str) -> None:
    mailing.post("", {"email": ANA, "language": asked}, accept_language=accepted)
    mailing.settle()
    assert words in text(mailbox.mails[0])


def test_a_link_for_an_address_that_was_taken_meanwhile(mailing: Node, mailbox: Mailbox) -> None:
    ask(mailing)
    mailing.settle()
    held = token(mailbox.mails[0])
    mailing.identity.admit(ANA, "somebody was quicker", {})
    assert mailing.post("/verify", {"token": held, "password": PASSWORD}).status == 409
    assert mailing.login().status == 401


def test_never_and_always(database: Callable[..., None], tmp_path: Path, mailing: Node, mailbox: Mailbox) -> None:
    mailing.settings.signup.verify = "never"
    assert mailing.signup().status == 201
    assert mailing.signup(password="another long one").status == 201
    mailing.settle()
    (mail,) = mailbox.mails  # to the owner, of the stranger
    assert "already" in mail["subject"]
    closed = build(tmp_path / "other", verify="always")
    assert closed.signup().status == 403
    assert closed.api.get("/signup").json["enabled"] is False
