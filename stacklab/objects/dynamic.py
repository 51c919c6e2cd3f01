"""Dynamic large objects: what begins with a prefix in a container is, in the order of names, one object."""

import asyncio
from collections.abc import Iterable

from stacklab.core import clock
from stacklab.core.errors import Conflict
from stacklab.objects import large, lifetime, listing, model
from stacklab.objects.listing import Page
from stacklab.objects.model import Container, Entry
from stacklab.objects.segments import Segment

_MOST = 100_000  # segments of one object
_PAGE = 1000


async def segments(container: Container, prefix: str) -> list[Segment]:
    """What the names say now. Others have their turn between pages of them.

    Raises Conflict for more than a request is to hold in memory.
    """
    made: list[Segment] = []
    marker = ""
    while True:
        page = Page(_PAGE, marker, prefix=prefix)
        found = listing.fetch("objects", model.COLUMNS, "container", container.id, page)
        entries = [model.read(one) for one in found if not isinstance(one, str)]
        made += _segments(container, entries)
        if len(made) > _MOST:
            raise Conflict(f"A dynamic large object is of {_MOST} segments at most.")
        if len(entries) < _PAGE:
            return made
        marker = entries[-1].name
        await asyncio.sleep(0)


def _segments(container: Container, entries: Iterable[Entry]) -> list[Segment]:
    now = clock.now()
    return [
        Segment(f"{container.name}/{entry.name}", large.size_of(entry), large.etag_of(entry))
        for entry in entries
        if not lifetime.is_over(entry.ends, now)
    ]
