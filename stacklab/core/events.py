"""News travels upward by event, never by import, and only after the transaction that made it true has committed.

Two ways: `emit` for what nobody misses when the process dies in between (a row of a list redrawn), `publish` for what
others must hear whatever happens (a project was deleted, and its servers with it).
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from msgspec import Struct, field

from stacklab.core import log
from stacklab.core.db.database import after_commit
from stacklab.core.jobs import Job, Kind, enqueue

_log = log.get(__name__)
_JOB = "news"
_FOR_EVER = 1 << 62  # attempts: news is delivered late, never dropped


class Event(Struct, frozen=True):
    """Something that happened to a resource: `Event("server.power", id, project_id, {"power": "off"})`."""

    kind: str
    subject: str
    project_id: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


Listener = Callable[[Event], None]


class Undelivered(Exception):
    """A listener of published news failed; everybody will be told again."""


class Bus:
    """In-process publish and subscribe. `"*"` hears everything. Listeners must be quick, or queue a job.

    A listener of published news may hear it twice, and must do nothing the second time.
    """

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = defaultdict(list)

    def subscribe(self, kind: str, listener: Listener) -> Callable[[], None]:
        """Returns the function that ends the subscription."""
        self._listeners[kind].append(listener)
        return lambda: self._listeners[kind].remove(listener)

    def emit(self, event: Event) -> None:
        """Deliver after the surrounding transaction commits (at once where there is none); dropped on rollback."""
        after_commit(lambda: self._tell_once(event))

    def publish(self, event: Event) -> None:
        """Tell everybody, from a job that is committed with the change it tells of: a process killed at any moment
        delivers at its next start, a listener that fails is told again, and news of one subject keeps its order.
        """
        news = {"kind": event.kind, "subject": event.subject, "project_id": event.project_id, "facts": event.facts}
        enqueue(_JOB, f"news of {event.subject}", news)

    def jobs(self) -> dict[str, Kind]:
        return {_JOB: Kind(self._tell, _lost, attempts=_FOR_EVER)}

    def _tell_once(self, event: Event) -> None:
        self._deliver(event)

    def _tell(self, job: Job) -> None:
        if failed := self._deliver(Event(**job.payload)):
            raise Undelivered(failed)

    def _deliver(self, event: Event) -> int:
        """How many listeners failed; the others have been told."""
        failed = 0
        for listener in [*self._listeners[event.kind], *self._listeners["*"]]:
            try:
                listener(event)
            except Exception:
                failed += 1
                _log.exception("listener failed", event_kind=event.kind, subject=event.subject)
        return failed


def _lost(job: Job, error: BaseException) -> None:
    _log.error("news was not delivered", news=job.payload, error=repr(error))
