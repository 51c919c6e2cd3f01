"""The job that sends mail: tried again, given up, safe to run twice, and encrypted on its way."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stacklab.core.db.database import rows
from stacklab.core.jobs import pending, queue
from stacklab.core.settings import Mail
from stacklab.signup.letters import _TEXTS, write
from tests.support.mailbox import Mailbox, token
from tests.support.signup_node import PASSWORD, Node, build

ASK = {"email": "ana@example.org"}


def test_a_busy_server_is_tried_again(mailing: Node, mailbox: Mailbox) -> None:
    mailbox.refusals = ["451 try later", "421 going down", "450 busy"]
    mailing.post("", ASK)
    assert mailing.settle() == ["signup.mail"] * 4
    assert len(mailbox.mails) == 1
    assert mailing.post("/verify", {"token": token(mailbox.mails[0]), "password": PASSWORD}).status == 201


def test_what_will_never_arrive_is_given_up_at_once(mailing: Node, mailbox: Mailbox) -> None:
    mailbox.refusals = ["550 no such user"]
    mailing.post("", ASK)
    assert mailing.settle() == ["signup.mail"]
    assert (mailbox.mails, pending()) == ([], 0)


def test_a_server_that_is_away(mailing: Node, mailbox: Mailbox) -> None:
    mailbox.close()
    mailing.post("", ASK)
    job = queue.take()
    assert job is not None
    kind = mailing.signup_door.jobs()[job.kind]
    with pytest.raises(Exception, match="onnect"):
        kind.run(job)
    assert (kind.attempts, kind.backoff) == (120, 2.0)


def test_killed_after_sending_it_sends_again_and_both_links_work(mailing: Node, mailbox: Mailbox) -> None:
    mailing.post("", ASK)
    job = queue.take()
    assert job is not None
    mailing.signup_door.jobs()[job.kind].run(job)
    queue.recover()  # as after a SIGKILL before the job was done
    mailing.settle()
    first, second = mailbox.mails
    assert first["message-id"] == second["message-id"]
    for mail in mailbox.mails:
        assert mailing.post("/link", {"token": token(mail)}).status == 200


def test_two_at_once_and_no_more(mailing: Node, mailbox: Mailbox) -> None:
    """A third mail waits without keeping a worker."""
    post = mailing.signup_door.post
    mailing.post("", ASK)
    job = queue.take()
    assert job is not None
    assert post._gate.acquire(blocking=False)
    assert post._gate.acquire(blocking=False)
    post.jobs()[job.kind].run(job)
    queue.done(job)
    assert (mailbox.mails, pending()) == ([], 1)
    post._gate.release(2)
    mailing.settle()
    assert len(mailbox.mails) == 1


def test_nothing_is_queued_without_a_server(node: Node) -> None:
    node.signup()
    node.signup(password="another long one")
    assert rows("SELECT * FROM jobs WHERE kind = 'signup.mail'") == []
    for path in ("/resend", "/reset"):
        assert node.post(path, ASK).status == 403


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself, and the server's side of it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    public, private = tmp_path / "mail.crt", tmp_path / "mail.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return public, context


def test_encrypted_and_logged_in(
    database: Callable[..., None], tmp_path: Path, certificate: tuple[Path, ssl.SSLContext]
) -> None:
    database("stacklab.identity", "stacklab.signup")
    (tmp_path / "secret").write_text("open sesame\n")
    box = Mailbox(tls=certificate[1], login=("lab", "open sesame"))
    mail = Mail(
        host="127.0.0.1", port=box.port, sender="lab@cloud.test", user="lab",
        password_file=str(tmp_path / "secret"), ca_file=str(certificate[0]),
    )  # fmt: skip
    try:
        node = build(tmp_path, mail)
        node.post("", ASK)
        node.settle()
        assert len(box.mails) == 1
    finally:
        box.close()


def test_a_certificate_nobody_vouches_for_is_refused(
    database: Callable[..., None], tmp_path: Path, certificate: tuple[Path, ssl.SSLContext]
) -> None:
    database("stacklab.identity", "stacklab.signup")
    box = Mailbox(tls=certificate[1])
    try:
        node = build(tmp_path, Mail(host="127.0.0.1", port=box.port, sender="lab@cloud.test"))
        node.post("", ASK)
        job = queue.take()
        assert job is not None
        with pytest.raises(Exception, match="certificate"):
            node.signup_door.jobs()[job.kind].run(job)
        assert box.mails == []
    finally:
        box.close()


def test_every_letter_has_both_languages_and_fills_in() -> None:
    filling = {name: f"<{name}>" for name in ("site", "base", "link", "hours", "server", "id", "date", "gone")}
    for name, texts in _TEXTS.items():
        assert set(texts) == {"en", "zh"}
        for language in texts:
            letter = write(name, language, why="idle", **filling)
            assert "{" not in letter.subject + letter.body
            assert "<site>" in letter.subject + letter.body
