"""How often something may be asked for, over the last hour: by one client address, its network, or for one mail domain.

Rows in a table, so a restart forgets nothing. What is counted never depends on whether an address has an account.
"""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from stacklab.core import clock, ids
from stacklab.core.db.database import change, row, rows, transaction
from stacklab.core.errors import TooManyRequests
from stacklab.core.settings import Signup

_HOUR = 3600 * clock.SECOND
_ALL = "all"
UNLIMITED = -1


class Limit(NamedTuple):
    """At most `most` an hour under one key; `words`: too many of what, for the refusal."""

    key: str
    most: int
    words: str


def of_signup(settings: Signup, client: str, email: str) -> list[Limit]:
    """What one sign-up counts against."""
    domain = email.rpartition("@")[2]
    return [
        Limit(f"address {client}", settings.per_address_hour, "sign-ups from your address"),
        Limit(f"network {network(settings, client)}", settings.per_network_hour, "sign-ups from your network"),
        Limit(f"domain {domain}", settings.per_domain_hour, f"sign-ups with addresses at {domain}"),
        Limit(_ALL, UNLIMITED, ""),
    ]


def of_asking(settings: Signup, client: str) -> list[Limit]:
    """What one request for a mail counts against."""
    near = network(settings, client)
    return [
        Limit(f"asking {client}", settings.per_address_hour, "requests for mail from your address"),
        Limit(f"asking network {near}", settings.per_network_hour, "requests for mail from your network"),
    ]


def network(settings: Signup, client: str) -> str:
    """The network of an address as `peers.counted` writes it (`192.0.2.7`, `2001:db8::/64`)."""
    try:
        address = ip_address(client.partition("/")[0])
    except ValueError:
        return client
    bits = settings.network_prefix_v4 if address.version == 4 else settings.network_prefix_v6
    return str(ip_network(f"{address}/{bits}", strict=False))


def count(limits: Iterable[Limit]) -> None:
    """Count one attempt under every key, or under none. Raises TooManyRequests, with the seconds to wait."""
    now = clock.now()
    asked = list(limits)
    with transaction():
        change("DELETE FROM signup_attempts WHERE at <= ?", (now - _HOUR,))
        for limit in asked:
            _require_room(limit, now)
        for limit in asked:
            change("INSERT INTO signup_attempts VALUES (?, ?, ?)", (ids.new_hex(), limit.key, now))


def allow(key: str, most: int) -> bool:
    """Count one attempt and say whether it still was among the `most`: for what is refused silently."""
    try:
        count([Limit(key, most, "")])
    except TooManyRequests:
        return False
    return True


def load(most: int) -> int:
    """How many sign-ups the whole node saw in the last hour; `most` where there were more."""
    sql = "SELECT count(*) FROM (SELECT 1 FROM signup_attempts WHERE address = ? AND at > ? LIMIT ?) AS recent"
    found = row(sql, (_ALL, clock.now() - _HOUR, most))
    return int(found[0]) if found else 0


def _require_room(limit: Limit, now: int) -> None:
    if limit.most == UNLIMITED:
        return
    sql = "SELECT at FROM signup_attempts WHERE address = ? AND at > ? ORDER BY at DESC LIMIT ?"
    recent = [at for (at,) in rows(sql, (limit.key, now - _HOUR, max(limit.most, 1)))]
    if len(recent) < limit.most:
        return
    wait = (recent[-1] + _HOUR - now) // clock.SECOND + 1 if recent else 3600
    raise TooManyRequests(
        f"Too many {limit.words}; try again in {-(-wait // 60)} minutes.", headers={"retry-after": str(wait)}
    )
