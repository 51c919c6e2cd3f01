"""The one source of time: UTC microseconds as an integer, settable by tests and simulations."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000_000  # microseconds
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_MINUTES = tuple(f"T{minute // 60:02d}:{minute % 60:02d}" for minute in range(1440))  # of a day
_SECONDS = tuple(f":{second:02d}" for second in range(60))

_source: Callable[[], int] = lambda: time.time_ns() // 1000  # noqa: E731
_last = 0
_lock = threading.Lock()


def now() -> int:
    """Microseconds since the epoch, UTC."""
    return _source()


def unique() -> int:
    """A strictly increasing timestamp in this process: orders rows written within the same microsecond."""
    global _last
    with _lock:
        _last = max(_last + 1, now())
        return _last


def use(source: Callable[[], int] | None) -> None:
    """Replace the clock (None: back to the machine's)."""
    global _source
    _source = source or (lambda: time.time_ns() // 1000)


def iso(us: int) -> str:
    """`2026-11-23T18:00:00Z`, the form Nova and Glance show."""
    return _second(us // SECOND) + "Z"


def iso_us(us: int) -> str:
    """`2026-11-23T18:00:00.123456Z`, the form Keystone shows."""
    return f"{_second(us // SECOND)}.{us % SECOND:06d}Z"


def _second(seconds: int) -> str:
    """Long lists show thousands of times: only the day goes through the calendar, once."""
    day, second = divmod(seconds, 86400)
    return f"{_day(day)}{_MINUTES[second // 60]}{_SECONDS[second % 60]}"


@lru_cache(maxsize=4096)
def _day(day: int) -> str:
    return datetime.fromtimestamp(day * 86400, UTC).strftime("%Y-%m-%d")


def naive_us(us: int) -> str:
    """`2026-11-23T18:00:00.123456` without a zone, the form Nova shows in actions, services and OS-SRV-USG."""
    return iso_us(us)[:-1]


def parse(text: str) -> int:
    """Microseconds of an ISO 8601 time; without a zone it is UTC. Raises ValueError, also for what `iso` cannot show:
    a year that in UTC is before the first or after 9999."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return (moment.astimezone(UTC) - _EPOCH) // _MICROSECOND
    except OverflowError:
        raise ValueError(f"{text} is out of range") from None
