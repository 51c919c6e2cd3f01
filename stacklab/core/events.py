"""News travels upward by event, never by import, and only after the transaction that made it true has committed."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stacklab.core import log
from stacklab.core.db.database import after_commit

_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a resource: `Event("server.power", id, project_id, {"power": "off"})`."""

    kind: str
    subject: str
    project_id: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


Listener = Callable[[Event], None]


class Bus:
    """In-process publish and subscribe. `"*"` hears everything. Listeners must be quick, or queue a job."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = defaultdict(list)

    def subscribe(self, kind: str, listener: Listener) -> Callable[[], None]:
        """Returns the function that ends the subscription."""
        self._listeners[kind].append(listener)
        return lambda: self._listeners[kind].remove(listener)

    def emit(self, event: Event) -> None:
        """Deliver after the surrounding transaction commits (at once where there is none); dropped on rollback."""
        after_commit(lambda: self._deliver(event))

    def _deliver(self, event: Event) -> None:
        for listener in [*self._listeners[event.kind], *self._listeners["*"]]:
            try:
                listener(event)
            except Exception:
                _log.exception("listener failed", event_kind=event.kind, subject=event.subject)
