"""A log-in by password, and the lock on accounts whose password somebody is guessing.

The lock is in the user's row: it counts wrong passwords from everywhere, and a restart does not open it. What a guesser
sees is the same 401 after the same work, whether the account is locked, open, or not there at all.
"""

from stacklab.core import clock
from stacklab.core.db.database import change, row, transaction
from stacklab.core.errors import Unauthorized
from stacklab.core.settings import Identity
from stacklab.identity import compliance
from stacklab.identity.model import User
from stacklab.identity.parts import Parts
from stacklab.identity.tokens import UNAUTHORIZED

_FAILED = "UPDATE identity_users SET failed_count = failed_count + 1, failed_at = ? WHERE id = ?"
_CLEARED = "UPDATE identity_users SET failed_count = 0, failed_at = NULL WHERE id = ?"
_DOUBLINGS = 32
_REHASHED = "UPDATE identity_users SET password = ? WHERE id = ? AND password = ?"


def by_password(parts: Parts, user: User | None, password: str) -> User:
    """The user, who may go on. Slow. Raises Unauthorized; who knew the password is told what else is wrong."""
    known = check(parts, user, password)
    settings = parts.settings.identity
    if not compliance.enabled(settings, known):
        raise Unauthorized(f"The account is disabled for user: {known.id}.")
    if compliance.expired(known):
        raise Unauthorized(f"The password is expired and needs to be changed for user: {known.id}.")
    if known.password and parts.passwords.outdated(known.password):
        _rehash(parts, known, password)
    _note_active(settings, known)
    return known


def check(parts: Parts, user: User | None, password: str) -> User:
    """Whether the password is the user's, and guesses are not used up: Unauthorized if not. Slow."""
    settings = parts.settings.identity
    right = parts.passwords.verify(user.password if user else None, password)
    if user is None or not right:
        if settings.lockout_failure_attempts and not (user and _locked(settings, user.id, user.options)):
            _write(_FAILED, clock.now(), user.id if user else "")
        raise Unauthorized(UNAUTHORIZED)
    # The count is read after the hashing: guesses that were made side by side are all in it.
    if settings.lockout_failure_attempts:
        if _locked(settings, user.id, user.options):
            raise Unauthorized(UNAUTHORIZED)
        if user.failed_count:
            _write(_CLEARED, user.id)
    return user


def _locked(settings: Identity, user_id: str, options: dict[str, object]) -> bool:
    """Whether too many guesses were made: each one after a lock makes the next lock twice as long.

    The count ends with a log-in, or when nobody has guessed for as long as the longest lock.
    """
    found = row("SELECT failed_count, failed_at FROM identity_users WHERE id = ?", (user_id,))
    if not found or found[0] < settings.lockout_failure_attempts:
        return False
    if options.get("ignore_lockout_failure_attempts") is True:
        return False
    age = clock.now() - (found[1] or 0)
    longest = max(settings.lockout_longest, settings.lockout_duration)
    doublings = min(found[0] - settings.lockout_failure_attempts, _DOUBLINGS)
    if age < min(settings.lockout_duration << doublings, longest) * clock.SECOND:
        return True
    if age >= longest * clock.SECOND:
        _write(_CLEARED, user_id)
    return False


def _rehash(parts: Parts, user: User, password: str) -> None:
    """Store the same password as the settings now ask for, if nobody changed it meanwhile."""
    _write(_REHASHED, parts.passwords.hash(password), user.id, user.password)


def _note_active(settings: Identity, user: User) -> None:
    """Once a day, and only where somebody asks for it."""
    today = clock.now() // compliance.DAY * compliance.DAY
    if settings.disable_user_account_days_inactive and (user.active_at or 0) < today:
        _write("UPDATE identity_users SET active_at = ? WHERE id = ?", today, user.id)


def _write(sql: str, *params: object) -> None:
    with transaction():
        change(sql, params)
