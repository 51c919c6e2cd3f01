"""The feed: every revocation and every farewell, numbered in the order they were committed, for the nodes to read."""

from stacklab.core import clock
from stacklab.core.db.database import after_commit, change, row, rows, transaction
from stacklab.core.events import Bus, Event
from stacklab.identity.service import Identity
from stacklab.regions.digest import digest
from stacklab.regions.home.bell import Bell

REVOKED = "revoked"
NEWS = tuple(f"{noun}.{what}" for noun in ("project", "user", "domain") for what in ("deleted", "disabled", "enabled"))
PAGE = 1000
_NEXT = "INSERT INTO regions_feed SELECT coalesce(max(seq), 0) + 1, ?, ?, ?, ? FROM regions_feed"
_AFTER = "SELECT seq, kind, digest, at, expires_at FROM regions_feed WHERE seq > ? ORDER BY seq LIMIT ?"
# The newest row stays: the numbers go on from it.
_SWEEP = """
DELETE FROM regions_feed WHERE expires_at < ? AND seq < (SELECT max(seq) FROM regions_feed)
AND (kind = 'revoked' OR seq <= ?)
"""
_READ = "SELECT min(acknowledged) FROM regions_nodes WHERE state <> 'removed'"
Entry = tuple[int, str, str, int, int]
"""Number, kind, digest of the subject; the time before which a revocation holds, and when it can be forgotten (µs)."""


class Feed:
    """Construct before the first revocation of this process."""

    def __init__(self, identity: Identity, bus: Bus) -> None:
        self.bell = Bell()
        self._lifetime = identity.lifetime
        self._swept = 0
        self._begin(identity.revocations.standing())
        identity.revocations.told.append(self._revoked)
        for kind in NEWS:
            bus.subscribe(kind, self._news)

    def _begin(self, standing: list[tuple[str, int]]) -> None:
        """The first start with a feed: what was revoked before there was one is in it."""
        if self.latest() == 0:
            with transaction():
                for subject, before in standing:
                    self._put(REVOKED, subject, before)

    def _revoked(self, subjects: tuple[str, ...], at: int) -> None:
        for subject in subjects:
            self._put(REVOKED, subject, at)

    def _news(self, event: Event) -> None:
        """May come twice: hearing it twice does no harm."""
        self._put(event.kind, event.subject, clock.now())

    def _put(self, kind: str, subject: str, at: int) -> None:
        with transaction():
            change(_NEXT, (kind, digest(subject), at, at + self._lifetime))
            self._sweep()
            after_commit(self.bell.ring)

    def _sweep(self) -> None:
        now = clock.now()
        if now > self._swept + 3600 * clock.SECOND:
            self._swept = now
            read = row(_READ)
            change(_SWEEP, (now, read[0] if read and read[0] is not None else self.latest()))

    def latest(self) -> int:
        found = row("SELECT max(seq) FROM regions_feed")
        return found[0] or 0 if found else 0

    def after(self, number: int) -> list[Entry]:
        """What follows a number, one page of it."""
        return [(r[0], r[1], r[2], r[3], r[4]) for r in rows(_AFTER, (number, PAGE))]
