"""Which tokens are refused although they are signed and not expired: "about this subject, not issued before that time".

A subject is what a token names: its audit id, its user, project, domain, application credential, trust (and who gave
and who got it), OAuth1 access token, each of its roles, or `user@target` where one grant was taken away. The table is
small (rows go when the last such token has expired) and kept in memory.
"""

from collections.abc import Callable

from stacklab.core import clock
from stacklab.core.db.database import after_commit, change, rows, transaction
from stacklab.http.context import Caller

SYSTEM = "system"


def grant(user_id: str, target_id: str) -> str:
    """The subject for a user's roles on one project, domain or the system."""
    return f"{user_id}@{target_id}"


def region(name: str) -> str:
    """The subject for all tokens that are bound to a region; with `grant`, for those of one user."""
    return f"region/{name}"


def chain(audit_id: str) -> str:
    """The subject for all tokens that were made from this one."""
    return f"{audit_id}>"


def subjects(caller: Caller) -> tuple[str, ...]:
    """Everything a token is about. Domains count for the users and projects in them."""
    target = caller.project_id or caller.domain_id or (SYSTEM if caller.system else None)
    named = (
        caller.audit_ids[0],
        *map(chain, caller.audit_ids[1:]),
        caller.user_id,
        caller.user_domain_id,
        caller.project_id,
        caller.project_domain_id,
        caller.domain_id,
        caller.credential_id,
        target and grant(caller.user_id, target),
        *((*caller.trust[:3], *caller.trust.ends) if caller.trust else ()),
        caller.oauth and caller.oauth[1],
        *(role_id for role_id, _ in caller.role_ids),
        *((region(caller.audience), grant(caller.user_id, region(caller.audience))) if caller.audience else ()),
    )
    return tuple(dict.fromkeys(name for name in named if name))


class Revocations:
    """`lifetime` (µs) is the longest a token can live."""

    def __init__(self, lifetime: int) -> None:
        self._lifetime = lifetime
        self._before: dict[str, int] = {}
        self.told: list[Callable[[tuple[str, ...], int], None]] = []
        """Called inside the transaction of each revocation, with its subjects and the time before which it holds."""
        self._sweep()

    def _sweep(self) -> None:
        """Drop what no living token can be about, here and in the table."""
        self._swept = clock.now()
        with transaction():
            change("DELETE FROM identity_revocations WHERE expires_at < ?", (self._swept,))
            self._before = dict(rows("SELECT subject, before_at FROM identity_revocations"))

    def revoke(self, *subjects: str) -> None:
        """Refuse every token issued until now about these subjects, once the surrounding transaction commits."""
        now = clock.now()
        with transaction():
            if now > self._swept + self._lifetime:
                self._sweep()
            for subject in subjects:
                change(
                    "INSERT INTO identity_revocations VALUES (?, ?, ?) ON CONFLICT (subject) "
                    "DO UPDATE SET before_at = excluded.before_at, expires_at = excluded.expires_at",
                    (subject, now, now + self._lifetime),
                )
            for tell in self.told:
                tell(subjects, now)
            after_commit(lambda: self._before.update(dict.fromkeys(subjects, now)))

    def standing(self) -> list[tuple[str, int]]:
        """Every revocation in force: its subject and the time before which it holds."""
        return list(self._before.items())

    def refuses(self, subjects: tuple[str, ...], issued_at: int) -> bool:
        """Whether a token about `subjects` is revoked: one dictionary look-up each."""
        before = self._before
        return any(subject in before and issued_at <= before[subject] for subject in subjects)
