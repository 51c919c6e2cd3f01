"""Having the plan applied: one durable job for any number of changes, one apply for any number of waiting builds."""

from collections.abc import Callable
from threading import Lock

from stacklab.core import log
from stacklab.core.db.database import row, transaction
from stacklab.core.jobs import Job, Kind, enqueue

JOB = "networks.apply"
SUBJECT = "networks"
_QUEUED = "SELECT 1 FROM jobs WHERE subject = ? AND state = 'queued'"
_log = log.get(__name__)


def request_apply() -> None:
    """Ask for the plan to be applied soon. A job that has not begun yet will see this change too: one is enough."""
    with transaction():
        if row(_QUEUED, (SUBJECT,)) is None:
            enqueue(JOB, SUBJECT)


class Applier:
    """`apply` renders the plan and hands it to the driver."""

    def __init__(self, apply: Callable[[], None]) -> None:
        self._apply = apply
        self.asked = 0
        self._served = 0
        self._count = Lock()
        self._running = Lock()

    def now(self) -> None:
        """Return when an apply that began after this call is done: everyone who waits meanwhile shares the next one."""
        with self._count:
            self.asked += 1
            ticket = self.asked
        with self._running:
            if self._served >= ticket:
                return
            with self._count:
                serving = self.asked
            self._apply()
            self._served = serving

    def job(self) -> Kind:
        """It retries for as long as the machine refuses: what is wanted stays written down, and audits repair too."""
        return Kind(run=lambda _job: self.now(), give_up=_give_up, attempts=5)


def _give_up(job: Job, error: BaseException) -> None:
    _log.error("the network plan was not applied; the next audit tries again", attempts=job.attempts, error=repr(error))
