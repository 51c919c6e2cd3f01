"""Follows home's feed: one request that waits for news, and another, for as long as the node lives."""

import threading
from typing import Any

from stacklab.core import clock, log
from stacklab.core.db.database import change, durable, proxy
from stacklab.core.events import Bus, Event
from stacklab.regions.node import membership, met
from stacklab.regions.node.client import Away, Link, Refused, Removed
from stacklab.regions.node.revocations import Revocations
from stacklab.regions.node.standing import Standing

_log = log.get(__name__)
_WAIT = 5  # seconds a request waits for news; home counts a node as away that asks nothing for several of these
TIMEOUT = 8.0  # seconds after which an answer will not come any more: the wire was cut without a word
_PAUSES = (0.1, 0.2, 0.5, 1.0)  # seconds before trying again; the last one from then on
_PATIENCE = 3  # seconds
_WRITE_EVERY = 60 * clock.SECOND


class Follower:
    """A thread. `standing` learns from it when home was heard of, and that it was removed."""

    def __init__(self, link: Link, standing: Standing, revocations: Revocations, bus: Bus) -> None:
        self._link, self._standing, self._revocations, self._bus = link, standing, revocations, bus
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="feed", daemon=True)
        self._written = 0

    def start(self) -> None:
        """Returns when home has been asked for the first time, so that what was revoked while this node was down is
        known before it serves; home away is waited for a moment, not longer."""
        self._thread.start()
        self._standing.asked.wait(_PATIENCE)

    def stop(self) -> None:
        self._stopping.set()
        self._link.close()
        self._thread.join(5)

    def _follow(self) -> None:
        failures = 0
        while not self._stopping.is_set() and not self._standing.removed:
            try:
                self._once()
                failures = 0
            except Removed as removed:
                _log.warning("home has removed this region", said=str(removed))
                self._standing.end()
            except (Away, Refused) as away:
                failures += 1
                if failures == 1 and not self._stopping.is_set():
                    _log.warning("home is away", why=str(away))
                self._stopping.wait(_PAUSES[min(failures, len(_PAUSES)) - 1])
            except Exception:
                _log.exception("the feed could not be taken in")
                self._stopping.wait(_PAUSES[-1])
            finally:
                self._standing.asked.set()
        if not proxy.is_closed():
            proxy.close()

    def _once(self) -> None:
        after = self._standing.feed_at
        began = clock.now()
        wait = _WAIT if self._standing.asked.is_set() else 0
        answer = self._link.ask("GET", f"/regions/v1/feed?after={after}&wait={wait}")
        self.take(answer, began)

    def take(self, answer: dict[str, Any], asked_at: int) -> None:
        """All entries of an answer and the place in the feed, in one transaction."""
        entries = answer["entries"]
        now = clock.now() if entries else max(asked_at, clock.now() - clock.SECOND)
        if entries or answer["after"] != self._standing.feed_at:
            with durable():
                for entry in entries:
                    self._take(*entry)
                at = entries[-1][0] if entries else answer["after"]
                change("UPDATE regions_membership SET feed_at = ?, fresh_at = ?", (at, now))
            self._standing.feed_at = at
        elif now > self._written + _WRITE_EVERY:
            membership.mark_fresh(now)
            self._written = now
        self._standing.fresh_at = now
        self._standing.drain(answer.get("draining", False))

    def _take(self, _number: int, kind: str, digest: str, at: int, expires: int) -> None:
        if kind == "revoked":
            self._revocations.put(digest, at, expires)
            return
        noun, _, what = kind.partition(".")
        subject = met.name(noun, digest)
        if subject is None:
            return  # they were never here
        self._bus.publish(Event(kind, subject, subject if noun == "project" else None))
        if what == "deleted":
            met.forget(digest)
