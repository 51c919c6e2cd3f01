"""How often one client address may try, over the last hour."""

from stacklab.core import clock, ids
from stacklab.core.db.database import change, rows, transaction
from stacklab.core.errors import TooManyRequests

_HOUR = 3600 * clock.SECOND


def count(who: str, most: int) -> None:
    """Count one attempt. Raises TooManyRequests, with the seconds to wait, when there were `most` in the last hour."""
    now = clock.now()
    with transaction():
        change("DELETE FROM signup_attempts WHERE at <= ?", (now - _HOUR,))
        sql = "SELECT at FROM signup_attempts WHERE address = ? ORDER BY at DESC LIMIT ?"
        recent = [at for (at,) in rows(sql, (who, max(most, 1)))]
        if len(recent) >= most:
            wait = (recent[-1] + _HOUR - now) // clock.SECOND + 1 if recent else 3600
            raise TooManyRequests(
                f"Too many sign-ups from your address; try again in {-(-wait // 60)} minutes.",
                headers={"retry-after": str(wait)},
            )
        change("INSERT INTO signup_attempts VALUES (?, ?, ?)", (ids.new_hex(), who, now))
