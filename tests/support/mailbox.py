"""A real SMTP server on loopback that keeps what it is sent, and refuses what it is told to."""

import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.support.ports import free_port


class Mailbox:
    """`mails` in the order they came. `refusals`: SMTP replies to the next mails, one each, before any is kept.

    With `tls` it wants STARTTLS, with `login` (user, password) somebody to log in.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals: list[str] = []
        self.port = free_port()
        self._login = login
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, tls_context=None, require_starttls=tls is not None,
            authenticator=self._authenticate if login else None, auth_required=login is not None,
        )  # fmt: skip
        if tls:
            self._controller.SMTP_kwargs["tls_context"] = tls
        self._controller.start()
        self.open = True

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        found = message_from_bytes(envelope.content, policy=default)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        return "250 OK"

    def _authenticate(self, _server: SMTP, _session: Any, _envelope: Any, _how: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        return AuthResult(success=(given.login.decode(), given.password.decode()) == self._login)

    def close(self) -> None:
        """A second time is no error."""
        if self.open:
            self._controller.stop()
        self.open = False


def text(mail: EmailMessage) -> str:
    return str(mail.get_content())


def token(mail: EmailMessage) -> str:
    """What the link in a mail carries."""
    return text(mail).partition("?token=")[2].split()[0]
