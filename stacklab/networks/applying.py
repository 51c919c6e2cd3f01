"""Having the plan applied: one durable job for any number of changes, one apply for any number of waiting builds.

Of what concerns some ports only those are rendered and changed. Where compute makes or releases ports it does so in its
own job; a process that starts applies the whole plan before anything else, and so does whoever follows a refusal.
"""

from collections.abc import Callable, Collection
from threading import Lock

from stacklab.core import log
from stacklab.core.db.database import row, transaction
from stacklab.core.jobs import Job, Kind, enqueue
from stacklab.host.network.plan import NetworkError

JOB = "networks.apply"
PORTS_JOB = "networks.apply_ports"
SUBJECT = "networks"
MANY = 200
"""From so many changed ports on, the whole plan is as cheap."""
_QUEUED = "SELECT 1 FROM jobs WHERE subject = ? AND state = 'queued'"
_log = log.get(__name__)


def request_apply(port_ids: Collection[str] | None = None) -> None:
    """Ask for the plan to be applied soon, or what concerns these ports only, of which there may be none.

    A job for the whole plan that has not begun yet will see this change too: one is enough.
    """
    with transaction():
        if (port_ids is not None and not port_ids) or row(_QUEUED, (SUBJECT,)):
            return
        if port_ids is None or len(port_ids) > MANY:
            enqueue(JOB, SUBJECT)
        else:
            enqueue(PORTS_JOB, min(port_ids), {"ports": sorted(port_ids)})


class Applier:
    """`whole` renders the plan and hands it to the driver, `change` does it for the ports of these ids."""

    def __init__(self, whole: Callable[[], None], change: Callable[[Collection[str]], None]) -> None:
        self._apply_whole = whole
        self._apply_change = change
        self.asked = 0
        self.behind = True
        """Whether the host may differ from the database in more than the ports that wait: so at first, and whenever
        something was refused. Then nothing but the whole plan will do."""
        self._ports: set[str] = set()
        self._served = 0
        self._count = Lock()
        self._running = Lock()

    def now(self) -> None:
        """Return when an apply that began after this call is done: everyone who waits meanwhile shares the next one."""
        self._serve((), whole=True)

    def ports(self, port_ids: Collection[str]) -> None:
        """The same for what concerns some ports only. Call it after the commit that changed them."""
        self._serve(port_ids, whole=False)

    def _serve(self, port_ids: Collection[str], whole: bool) -> None:
        with self._count:
            self.asked += 1
            ticket = self.asked
            self.behind = self.behind or whole
            self._ports.update(port_ids)
        with self._running:
            if self._served >= ticket:
                return
            with self._count:
                serving, whole, ports = self.asked, self.behind, self._ports
                self.behind, self._ports = False, set()
            self._act(ports, whole)
            self._served = serving

    def _act(self, ports: set[str], whole: bool) -> None:
        try:
            if whole or len(ports) > MANY or not self._changed(ports):
                self._apply_whole()
        except BaseException:
            with self._count:
                self.behind = True
            raise

    def _changed(self, ports: set[str]) -> bool:
        """False when the change does not fit into the plan the driver has: something else has not been applied yet."""
        try:
            if ports:
                self._apply_change(ports)
        except NetworkError as error:
            _log.info("a change of ports needs the whole plan", ports=len(ports), reason=str(error))
            return False
        return True

    def jobs(self) -> dict[str, Kind]:
        """They retry for as long as the machine refuses: what is wanted stays written down, and audits repair too."""
        return {
            JOB: Kind(run=lambda _job: self.now(), give_up=_give_up, attempts=5),
            PORTS_JOB: Kind(run=lambda job: self.ports(job.payload["ports"]), give_up=_give_up, attempts=5),
        }


def _give_up(job: Job, error: BaseException) -> None:
    _log.error("the network plan was not applied; the next audit tries again", attempts=job.attempts, error=repr(error))
