"""Manifests checked against what is there, and ranges through manifests within manifests."""

import asyncio
from collections.abc import Sequence

import pytest

from stacklab.core.errors import Conflict
from stacklab.objects import assembly
from stacklab.objects.assembly import Facts
from stacklab.objects.manifests import Wanted
from stacklab.objects.segments import Piece, Segment

FOUND: dict[str, Facts | int] = {
    "c/o": Facts(11, "e1", "text/plain", 1_795_486_072_755_530, False),
    "c/empty": Facts(0, "e0", "text/plain", 0, False),
    "c/large": Facts(100, "e2", "text/plain", 0, True),
    "c/none": 404,
    "c/closed": 403,
}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted("c/o", "e1", 11), []),
        (Wanted("c/o", '"e1"'), []),
        (Wanted("c/o", "xx", 12), ["Size Mismatch", "Etag Mismatch"]),
        (Wanted("c/o", span=(50, 60)), ["Unsatisfiable Range"]),
        (Wanted("c/empty"), ["Too small; each segment must be at least 1 byte."]),
        (Wanted("c/none"), ["404 Not Found"]),
        (Wanted("c/closed"), ["403 Forbidden"]),
    ],
)
def test_what_is_claimed_is_checked(wanted: Wanted, words: list[str]) -> None:
    _, problems = assembly.assemble([wanted, Wanted("c/o")], FOUND)
    assert problems == [(f"/{wanted.path}", word) for word in words]


def test_the_last_may_be_empty_and_a_range_of_all_is_none() -> None:
    wanted = [Wanted("c/o", span=(0, None)), Wanted(data=b"x"), Wanted("c/large", span=(None, 5)), Wanted("c/empty")]
    made, problems = assembly.assemble(wanted, FOUND)
    assert problems == []
    assert [(s.path, s.span, s.nested, s.length) for s in made] == [
        ("c/o", None, False, 11),
        ("", None, False, 1),
        ("c/large", (95, 99), True, 5),
        ("c/empty", None, False, 0),
    ]
    assert made[0].last_modified == "2026-11-24T02:07:52.755530"


class Nest:
    """`c/n1` is "ab" and `c/n2` twice; `c/n2` is three bytes of `c/o` from the second."""

    def __init__(self) -> None:
        self.loads = 0

    async def load(self, segment: Segment) -> Sequence[Segment]:
        self.loads += 1
        inner = Segment("c/n2", 3, "e", nested=True)
        return {
            "c/n1": [Segment(data=b"ab"), inner, inner],
            "c/n2": [Segment("c/o", 9, "e", span=(1, 3))],
            "c/loop": [Segment("c/loop", 8, "e", nested=True)],
        }[segment.path]

    def read(self, parts: list[Segment], first: int, last: int) -> list[Piece]:
        async def collect() -> list[Piece]:
            return [piece async for piece in assembly.pieces(parts, first, last, self.load)]

        return asyncio.run(collect())


@pytest.mark.parametrize("first", range(8))
@pytest.mark.parametrize("length", [1, 3, 8])
def test_a_range_through_nested_manifests(first: int, length: int) -> None:
    pieces = Nest().read([Segment("c/n1", 8, "e", nested=True)], first, min(first + length - 1, 7))
    whole = b"ABCDEFGHI"
    read = b"".join((p.segment.data or whole)[p.first : p.last + 1] for p in pieces)
    assert read == b"abBCDBCD"[first : first + length]


def test_a_nested_manifest_is_loaded_once() -> None:
    nest = Nest()
    nest.read([Segment("c/n1", 8, "e", nested=True)] * 3, 0, 23)
    assert nest.loads == 2


def test_manifests_without_end_are_a_conflict() -> None:
    with pytest.raises(Conflict):
        Nest().read([Segment("c/loop", 8, "e", nested=True)], 0, 7)
