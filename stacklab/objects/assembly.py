"""From a manifest's wishes to segments that are really there, and from a range to the bytes of objects, through nested
manifests. Knows neither rows nor files: it is handed what was found."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

from stacklab.core.errors import Conflict
from stacklab.objects import manifests, outcome, segments
from stacklab.objects.manifests import Wanted
from stacklab.objects.segments import Piece, Segment

DEEPEST = 10  # manifests within one another
_SHOWN = 1300  # characters of a path: what is longer names nothing
_KEPT = 20  # nested manifests held at a time: one request must not gather a tree of them in memory


class Facts(NamedTuple):
    """What a HEAD of a segment tells: `size` and `etag` of what a nested manifest makes, `modified` in µs."""

    size: int
    etag: str
    content_type: str
    modified: int
    nested: bool


Load = Callable[[Segment], Awaitable[Sequence[Segment]]]
"""The segments of a nested manifest. Raises Conflict when it is not there any more."""


def assemble(wanted: Sequence[Wanted], found: Mapping[str, Facts | int]) -> tuple[list[Segment], list[tuple[str, str]]]:
    """The segments, and (quoted path, what is wrong) for each that is not as claimed.

    `found`: by path what is there, or the status of the refusal to look.
    """
    made: list[Segment] = []
    problems: list[tuple[str, str]] = []
    for index, entry in enumerate(wanted):
        if entry.data is not None:
            made.append(Segment(data=entry.data))
            continue
        facts = found[entry.path]
        if isinstance(facts, int):
            problems.append((_shown(entry), outcome.line(facts)))
            continue
        segment = _segment(entry, facts)
        problems += [(_shown(entry), words) for words in _wrong(entry, facts, segment, index == len(wanted) - 1)]
        if segment:
            made.append(segment)
    return made, problems


def _shown(entry: Wanted) -> str:
    return quote(f"/{entry.path[:_SHOWN]}")


def _segment(entry: Wanted, facts: Facts) -> Segment | None:
    span = manifests.resolve(entry.span, facts.size) if entry.span else (0, facts.size - 1)
    if span is None:
        return None
    return Segment(
        path=entry.path,
        size=facts.size,
        etag=facts.etag,
        content_type=facts.content_type,
        last_modified=datetime.fromtimestamp(facts.modified / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
        span=None if span == (0, facts.size - 1) else span,
        nested=facts.nested,
    )


def _wrong(entry: Wanted, facts: Facts, segment: Segment | None, last: bool) -> list[str]:
    words = []
    if segment is None:
        words.append("Unsatisfiable Range")
    elif segment.length < 1 and not last:
        words.append("Too small; each segment must be at least 1 byte.")
    if entry.size is not None and entry.size != facts.size:
        words.append("Size Mismatch")
    if entry.etag is not None and entry.etag.strip('"') != facts.etag:
        words.append("Etag Mismatch")
    return words


async def pieces(parts: Sequence[Segment], first: int, last: int, load: Load) -> AsyncIterator[Piece]:
    """The pieces that make the bytes `first` to `last` of the whole: of data and plain objects only.

    Raises Conflict for manifests that are too deep within one another, and what `load` raises.
    """
    kept: dict[str, Sequence[Segment]] = {}

    async def nested(segment: Segment) -> Sequence[Segment]:
        if segment.path not in kept:
            if len(kept) == _KEPT:
                kept.pop(next(iter(kept)))
            kept[segment.path] = await load(segment)
        return kept[segment.path]

    async def walk(level: Sequence[Segment], start: int, end: int, depth: int) -> AsyncIterator[Piece]:
        for piece in segments.cut(level, start, end):
            if not piece.segment.nested:
                yield piece
                continue
            if depth == DEEPEST:
                raise Conflict("There was a conflict when trying to complete your request.")
            async for inner in walk(await nested(piece.segment), piece.first, piece.last, depth + 1):
                yield inner

    async for piece in walk(parts, first, last, 1):
        yield piece
