"""The job that sends mail: asked for in the transaction that gives cause to it, tried again for hours.

Which letter an address gets, if any, is decided here, when nobody waits for an answer any more.
"""

import threading
from collections.abc import Callable
from typing import Any

from stacklab.core import ids, log
from stacklab.core.errors import Forbidden
from stacklab.core.jobs import Job, Kind, enqueue
from stacklab.core.settings import Settings
from stacklab.signup import letters, limits
from stacklab.signup.mailer import Mailer, Undeliverable

_log = log.get(__name__)
_KIND = "signup.mail"
_AT_ONCE = 2  # jobs; a mail server that hangs must not keep the other workers from building servers
_LATER = 1.0  # seconds
Writer = Callable[["Post", Job], None]
Payload = dict[str, Any]


class _BusyError(Exception):
    """Has the queue try again."""


class Post:
    """`base()` is the address people reach this node by. Writers are added by name before the workers start."""

    def __init__(self, settings: Settings, mailer: Mailer, base: Callable[[], str]) -> None:
        self._settings, self._mailer, self._base = settings, mailer, base
        self._writers: dict[str, Writer] = {}
        self._gate = threading.Semaphore(_AT_ONCE)

    @property
    def on(self) -> bool:
        return self._mailer.on

    def require_on(self) -> None:
        """Raises Forbidden where this cloud sends no mail."""
        if not self.on:
            raise Forbidden("This cloud sends no mail. Ask its operator.")

    def add(self, name: str, writer: Writer) -> None:
        """`writer(post, job)` calls `send` for whoever gets a letter. It may run twice."""
        self._writers[name] = writer

    def ask(self, writer: str, **payload: Any) -> None:
        """Have a letter written, in the surrounding transaction; nothing where this cloud sends no mail."""
        if self.on:
            enqueue(_KIND, f"mail {ids.new_hex()}", {"writer": writer, **payload})

    def send(self, job: Job, to: str, letter: str, language: str, asked: bool = True, **filling: str) -> None:
        """Raises what `Mailer.send` raises. `asked`: anybody can ask for it, so that one mail too many for a recipient
        is dropped."""
        first = job.attempts == 1  # tries of the same mail count once
        if asked and first and not limits.allow(f"mail {to}", self._settings.signup.mails_per_recipient_hour):
            _log.info("mail held back: too many for one recipient", letter=letter)
            return
        written = letters.write(letter, language, site=self._settings.console.site_name, base=self._base(), **filling)
        self._mailer.send(to, written, f"{job.id}.{letter}")

    def link(self, page: str, token: str) -> str:
        return f"{self._base()}/{page}?token={token}"

    def jobs(self) -> dict[str, Kind]:
        """Tried for about two hours: a minute apart in the end."""
        return {_KIND: Kind(self._run, self._give_up, attempts=120, backoff=2.0, final=(Undeliverable,))}

    def _run(self, job: Job) -> None:
        if not self._gate.acquire(blocking=False):
            if job.attempts > 1:
                raise _BusyError("two other mails are being sent")
            enqueue(_KIND, job.subject, job.payload, delay=_LATER)
            return
        try:
            self._writers[job.payload["writer"]](self, job)
        finally:
            self._gate.release()

    def _give_up(self, job: Job, error: BaseException) -> None:
        """Nobody waits for it: the person asks again. The address stays out of the log."""
        _log.error("mail given up", letter=job.payload["writer"], job=job.id, attempts=job.attempts, error=repr(error))
