"""What the feed said is revoked, by digest: kept on the disk, asked in memory."""

from stacklab.core import clock
from stacklab.core.db.database import after_commit, change, rows, transaction

_HOUR = 3600 * clock.SECOND
_PUT = """
INSERT INTO regions_revocations VALUES (?, ?, ?) ON CONFLICT (digest)
DO UPDATE SET before_at = excluded.before_at, expires_at = excluded.expires_at
"""


class Revocations:
    """Construct after the migrations: what is kept is read at once."""

    def __init__(self) -> None:
        self._swept = 0
        self._before: dict[str, int] = {}
        self._sweep()

    def _sweep(self) -> None:
        self._swept = clock.now()
        with transaction():
            change("DELETE FROM regions_revocations WHERE expires_at < ?", (self._swept,))
            self._before = dict(rows("SELECT digest, before_at FROM regions_revocations"))

    def put(self, digest: str, before: int, expires: int) -> None:
        """Refuse what is about this and was issued until `before`, once the surrounding transaction commits; forget it
        after `expires`, when no such token lives."""
        with transaction():
            if clock.now() > self._swept + _HOUR:
                self._sweep()
            later = max(before, self._before.get(digest, 0))
            change(_PUT, (digest, later, expires))
            after_commit(lambda: self._before.update({digest: later}))

    def refuse(self, about: tuple[str, ...], issued_at: int) -> bool:
        """One dictionary look-up each."""
        before = self._before
        return any(digest in before and issued_at <= before[digest] for digest in about)
