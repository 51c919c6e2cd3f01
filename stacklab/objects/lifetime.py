"""When an object ends: what X-Delete-At and X-Delete-After say. Whole seconds of UNIX time, as clients send them."""

from collections.abc import Mapping

from stacklab.core.errors import BadRequest
from stacklab.objects.faults import TEXT

AT = "x-delete-at"
AFTER = "x-delete-after"
_SECOND = 1_000_000
_LATEST = 9_999_999_999  # Swift's timestamps have ten digits; what is asked for later ends then


def asked(headers: Mapping[str, str], now: int) -> int | None:
    """The second of UNIX time the object is to end at, None for never. `now` in µs. X-Delete-After goes before
    X-Delete-At. Raises BadRequest for what is no whole number or not ahead."""
    for name, base in ((AFTER, now // _SECOND), (AT, 0)):
        value = headers.get(name)
        if value is not None:
            return _ahead(name.title(), value, base, now)
    return None


def _ahead(name: str, value: str, base: int, now: int) -> int:
    digits = value.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        raise BadRequest(f"Non-integer {name}", headers=TEXT)
    moment = base + int(value[:20])
    if moment * _SECOND <= now:
        raise BadRequest(f"{name} in past", headers=TEXT)
    return min(moment, _LATEST)


def is_over(ends: int | None, now: int) -> bool:
    """Whether an object that ends at this second is gone at `now` (µs)."""
    return ends is not None and ends * _SECOND <= now
