"""How often one client address may try, over the last hour."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from stacklab.core import clock, ids
from stacklab.core.db.database import change, rows, transaction
from stacklab.core.errors import TooManyRequests
from stacklab.http.request import Request

_HOUR = 3600 * clock.SECOND


def address(request: Request) -> str:
    """Who asks. A proxy or the console on this machine says for whom it does; nobody else is believed.

    An IPv6 client has a whole /64 to choose from, which counts as one.
    """
    peer = _parse(request.client)
    if peer is None or peer.is_loopback:
        said = _parse(request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip())
        peer = said or peer
    if isinstance(peer, IPv6Address):
        return f"{IPv6Address(int(peer) >> 64 << 64)}/64"
    return str(peer or request.client)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


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
