"""The rules an operator may set for passwords: Keystone's security compliance, all of them off unless asked for."""

import re

from stacklab.core import clock
from stacklab.core.db.database import change, rows
from stacklab.core.errors import BadRequest
from stacklab.core.settings import Identity
from stacklab.identity.model import User
from stacklab.identity.parts import Parts

DAY = 86400 * clock.SECOND
_EARLIER = "SELECT hash FROM identity_passwords WHERE user_id = ? ORDER BY created_at DESC LIMIT ?"
_FORGET = """
DELETE FROM identity_passwords WHERE user_id = ? AND created_at NOT IN
(SELECT created_at FROM identity_passwords WHERE user_id = ? ORDER BY created_at DESC LIMIT ?)
"""


def option(user: User, name: str) -> bool:
    """Whether one of the user's options is switched on."""
    return user.options.get(name) is True


def require_form(settings: Identity, password: str | None) -> None:
    """Raises BadRequest for a password that does not match the operator's pattern."""
    if password is not None and settings.password_regex and not re.match(settings.password_regex, password):
        raise BadRequest(f"The password does not match the requirements: {settings.password_regex_description}.")


def require_changeable(parts: Parts, user: User, password: str) -> None:
    """Whether a user may choose this password for themself now. Slow: compares hashes. Raises BadRequest."""
    settings = parts.settings.identity
    if option(user, "lock_password"):
        raise BadRequest(
            "You cannot change your password at this time due to password policy disallowing password changes. "
            "Please contact your administrator to reset your password."
        )
    _require_age(settings, user)
    count = settings.unique_last_password_count
    if any(parts.passwords.verify(stored, password) for stored in _last(user, count)):
        raise BadRequest(
            "The new password cannot be identical to a previous password. The total number which includes the new "
            f"password must be unique is {count}."
        )


def _require_age(settings: Identity, user: User) -> None:
    """A password its user chose is kept for a while, or they would choose on until the old one is forgotten."""
    days = settings.minimum_password_age
    left = (user.password_created_at or 0) + days * DAY - clock.now()
    if days and user.password_by_self and left > 0:
        raise BadRequest(
            "You cannot change your password at this time due to the minimum password age. Once you change your "
            f"password, it must be used for {days} day(s) before it can be changed. Please try again in "
            f"{left // DAY} day(s) or contact your administrator to reset your password."
        )


def _last(user: User, count: int) -> list[str]:
    """Hashes of the user's last `count` passwords, the present one first."""
    if not count:
        return []
    present = [user.password] if user.password else []
    return [*present, *(r[0] for r in rows(_EARLIER, (user.id, count - 1)))]


def remember(settings: Identity, user: User) -> None:
    """Put the present hash, which is about to be replaced, among the earlier ones. Inside a transaction."""
    keep = max(settings.unique_last_password_count - 1, 0)
    if keep and user.password:
        at = user.password_created_at or 0
        change("INSERT INTO identity_passwords VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (user.id, at, user.password))
    change(_FORGET, (user.id, user.id, keep))


def expiry(settings: Identity, options: dict[str, object], by_self: bool) -> int | None:
    """When a password that is set now will be over, µs; None: never. One that an administrator gives may be at once."""
    now = clock.now()
    given = not by_self and options.get("ignore_change_password_upon_first_use") is not True
    if given and settings.change_password_upon_first_use:
        return now
    if not settings.password_expires_days or options.get("ignore_password_expiry") is True:
        return None
    return (now + settings.password_expires_days * DAY) // clock.SECOND * clock.SECOND


def expired(user: User) -> bool:
    over = user.password_expires_at is not None and user.password_expires_at <= clock.now()
    return over and not option(user, "ignore_password_expiry")


def inactive_before(settings: Identity) -> int:
    """Who was last active before this time (µs) counts as disabled; 0: nobody. Counted in whole days, as Keystone."""
    days = settings.disable_user_account_days_inactive
    return (clock.now() // DAY - days + 1) * DAY if days else 0


def enabled(settings: Identity, user: User) -> bool:
    """Whether the user is switched on and was not away for too long."""
    seen = user.active_at or user.created_at
    away = seen is not None and seen < inactive_before(settings)
    return bool(user.enabled) and (not away or option(user, "ignore_user_inactivity"))
