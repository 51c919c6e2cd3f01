"""Mail goes out through one SMTP server, by aiosmtplib, from the thread of a job.

aiosmtplib is imported when the first mail is sent: most clouds never need it.
"""

import asyncio
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path

from stacklab.core import clock
from stacklab.core.settings import Mail
from stacklab.signup.letters import Letter

_PERMANENT = 500  # SMTP replies from here on will not change by trying again (RFC 5321, 4.2.1)


class Undeliverable(Exception):
    """The server will never take this mail for this recipient."""


class Mailer:
    def __init__(self, settings: Mail) -> None:
        self._settings = settings

    @property
    def on(self) -> bool:
        """Whether this cloud sends mail at all."""
        return bool(self._settings.host)

    def send(self, to: str, letter: Letter, name: str) -> None:
        """Hand one letter over; slow. `name` is the same when it is sent again, so that a reader can tell.

        Raises Undeliverable, OSError or aiosmtplib's SMTPException; after those trying again may help.
        """
        import aiosmtplib

        message = self._message(to, letter, name)
        try:
            asyncio.run(self._hand_over(message))
        except aiosmtplib.SMTPRecipientsRefused as refused:
            if all(recipient.code >= _PERMANENT for recipient in refused.recipients):
                raise Undeliverable(f"the server refuses the recipient: {refused.recipients[0].code}") from None
            raise

    def _message(self, to: str, letter: Letter, name: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._settings.sender
        message["To"] = to
        message["Subject"] = letter.subject
        message["Date"] = formatdate(clock.now() / clock.SECOND)
        message["Message-ID"] = f"<{name}@{self._settings.sender.rpartition('@')[2].rstrip('>')}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
        message.set_content(letter.body)
        return message

    async def _hand_over(self, message: EmailMessage) -> None:
        import aiosmtplib

        at = self._settings
        password = Path(at.password_file).read_text().strip() if at.password_file else None
        secure = at.tls != "none"
        await aiosmtplib.send(
            message,
            hostname=at.host,
            port=at.port,
            username=at.user or None,
            password=password,
            timeout=at.timeout_seconds,
            use_tls=at.tls == "tls",
            start_tls=at.tls == "starttls",
            tls_context=ssl.create_default_context(cafile=at.ca_file or None) if secure else None,
        )
