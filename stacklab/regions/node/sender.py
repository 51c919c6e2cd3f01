"""Tells home: how much is left here, and what waits in the outbox. A thread of its own; home away is nothing to it."""

import threading
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from stacklab.core import log
from stacklab.core.db.database import durable, proxy
from stacklab.regions.node import outbox, usage
from stacklab.regions.node.client import Away, Link, Refused, Removed
from stacklab.regions.node.standing import Standing
from stacklab.regions.node.usage import Between

_log = log.get(__name__)
_PAGE = 500


class Reporting(Struct):
    """What the composition root says of this node; asked for each report."""

    capacity: Callable[[], dict[str, Any]] = dict
    servers: Callable[[], int] = int
    used: Between = lambda _begins, _ends: ()


class Sender:
    def __init__(self, link: Link, standing: Standing, about: Reporting, every: float, period: int) -> None:
        """A report each `every` seconds; usage in periods of `period` seconds."""
        self._link, self._standing, self._about = link, standing, about
        self._every, self._period = every, period
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._link.close()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.is_set() and not self._standing.removed:
            try:
                self.report()
            except Removed:
                self._standing.end()
            except Away as away:
                _log.debug("a report waits for home", why=str(away))
            except Refused as refused:
                _log.error("home refuses a report", why=str(refused))
            except Exception:
                _log.exception("a report failed")
            self._stopping.wait(self._every)
        if not proxy.is_closed():
            proxy.close()

    def report(self) -> None:
        """Write what is due, then send until nothing waits. Raises Away, Refused, Removed."""
        while usage.write(self._about.used, self._period):
            continue
        while self._send() == _PAGE:
            continue

    def _send(self) -> int:
        items = outbox.page(_PAGE)
        body = {"capacity": self._about.capacity(), "servers": self._about.servers(), "items": items}
        answer = self._link.ask("POST", "/regions/v1/report", body)
        with durable():
            outbox.delivered(answer["taken"])
            for number, why in answer.get("refused", ()):
                _log.error("home will not have an item of the outbox", item=number, why=why)
                outbox.park(number, why)
        return len(items)
