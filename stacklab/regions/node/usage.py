"""Lines of usage: one for each server and period, written to the outbox once the period is over."""

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import asdict

from stacklab.core import clock
from stacklab.core.db.database import change, durable, row
from stacklab.regions.node import outbox

_GRACE = 2 * clock.SECOND
"""What happened before the end of a period is committed by then."""
_PERIODS = 24
"""At most so many in one transaction."""


class Line(Struct, frozen=True):
    """What one server was from `begins` to `ends` (µs)."""

    project_id: str
    server_id: str
    flavor: str
    vcpus: int
    ram_mb: int
    disk_gb: int
    begins: int
    ends: int


Between = Callable[[int, int], Iterable[Line]]
"""What ran between two moments, cut to them."""


def write(between: Between, seconds: int) -> bool:
    """Write the periods that are over and were not written; the place is kept with them, so that each is written once.
    True when there may be more."""
    length = seconds * clock.SECOND
    with durable():
        found = row("SELECT usage_until FROM regions_membership")
        until = found[0] if found else 0
        last = min(clock.now() - _GRACE, until + _PERIODS * length)
        start = until
        while start + length <= last:
            for line in between(start, start + length):
                outbox.put("usage", f"{line.server_id}:{start}", asdict(line))
            start += length
        if start > until:
            change("UPDATE regions_membership SET usage_until = ?", (start,))
    return start > until and start + length <= clock.now() - _GRACE
