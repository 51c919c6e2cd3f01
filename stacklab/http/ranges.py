"""Which bytes of a representation a request asks for (RFC 9110, section 14)."""

import re
from itertools import pairwise

from stacklab.core.errors import RangeNotSatisfiable

Span = tuple[int, int]
"""First byte and the count of bytes, which is never 0."""

_SPEC = re.compile(r"[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII)
_MOST = 50  # ranges of one request
_MOST_OVERLAPS = 2  # pairs of ranges that share bytes
_MOST_BACKWARD = 8  # ranges where any goes back
"""Section 14.2 tells servers to refuse what costs them more than it can be worth; the numbers are Swift's."""


def parse(asked: str, size: int) -> list[Span] | None:
    """The ranges that can be had; None where the header is none that this server understands, and is ignored.

    Raises RangeNotSatisfiable where none can be had, or too many are asked for.
    """
    unit, found, specs = asked.partition("=")
    matches = [_SPEC.fullmatch(spec) for spec in specs.split(",") if spec.strip()]
    if not found or unit.strip().lower() != "bytes" or not matches:
        return None
    spans = []
    for match in matches:
        if match is None or not (match[1] or match[2]) or (match[1] and match[2] and int(match[1]) > int(match[2])):
            return None
        span = _span(match[1], match[2], size)
        if span:
            spans.append(span)
    if not spans and size == 0 and any(not match[1] and int(match[2]) for match in matches if match):
        return None  # the last bytes of nothing are all of it
    if not spans or _egregious(spans):
        raise unsatisfiable(size)
    return spans


def unsatisfiable(size: int) -> RangeNotSatisfiable:
    return RangeNotSatisfiable("The Range requested is not available.", headers={"content-range": f"bytes */{size}"})


def _span(first: str, last: str, size: int) -> Span | None:
    if not first:
        count = min(int(last), size)
        return (size - count, count) if count else None
    begin = int(first)
    end = min(int(last) + 1, size) if last else size
    return (begin, end - begin) if begin < end else None


def _egregious(spans: list[Span]) -> bool:
    if len(spans) > _MOST:
        return True
    overlaps = 0
    for at, (first, count) in enumerate(spans):
        overlaps += sum(1 for other, more in spans[at + 1 :] if first < other + more and other < first + count)
    backward = any(one[0] > two[0] for one, two in pairwise(spans))
    return overlaps > _MOST_OVERLAPS or (backward and len(spans) >= _MOST_BACKWARD)
