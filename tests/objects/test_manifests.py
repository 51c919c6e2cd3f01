"""Manifests of static large objects: the mistakes Swift lists (asked of a Swift 2.38), and what a right one says."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacklab.core.errors import BadRequest, TooLarge
from stacklab.objects import manifests, segments
from stacklab.objects.manifests import BadManifest, Wanted
from stacklab.objects.segments import Segment

WRONG: list[tuple[Any, str]] = [
    ({"x": 1}, "expected keys to include one of 'data' or 'path'"),
    ({"path": "/c/o", "zz": 1, "b": 2}, 'extraneous keys "b", "zz"'),
    ({"path": 3}, '"path" must be a string'),
    ({"path": "/c/o", "etag": 3}, '"etag" must be a string or null (if provided)'),
    ({"path": "x"}, "path does not refer to an object. Path must be of the form /container/object."),
    ({"path": "/c/o", "size_bytes": "q"}, "invalid size_bytes"),
    ({"path": "/c/o", "size_bytes": 0}, "too small; each segment must be at least 1 byte."),
    ({"path": "/c/own"}, "manifest must not include itself as a segment"),
    ({"path": "/c/o", "range": "x"}, "invalid range"),
    ({"path": "/c/o", "range": "4-2"}, "invalid range"),
    ({"path": "/c/o", "range": 5}, "invalid range"),
    ({"path": "/c/o", "range": "1-2,3-4"}, "multiple ranges (only one allowed)"),
    ({"path": "/c/o", "range": "20-30", "size_bytes": 11}, "unsatisfiable range"),
    ({"data": "%%"}, "data must be valid base64"),
    ({"data": ""}, "too small; each segment must be at least 1 byte."),
    ({"data": 3}, "data must be valid base64"),
    (3, "not a JSON object"),
]


@pytest.mark.parametrize(("entry", "words"), WRONG)
def test_a_mistake_is_told_by_its_index(entry: Any, words: str) -> None:
    with pytest.raises(BadManifest) as refused:
        manifests.parse(json.dumps([{"path": "/c/a"}, entry, {"path": "/c/z"}]).encode(), "c/own")
    assert refused.value.message == f"Index 1: {words}\n"


def test_every_mistake_is_told() -> None:
    with pytest.raises(BadManifest) as refused:
        manifests.parse(json.dumps([entry for entry, _ in WRONG] + [{"path": "/c/o"}]).encode(), "c/own")
    assert refused.value.message.splitlines() == [f"Index {i}: {words}" for i, (_, words) in enumerate(WRONG)]


@pytest.mark.parametrize("body", [b"", b"x", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(BadRequest, match="Manifest must be valid JSON"):
        manifests.parse(body, "c/own")


BOMBS = [
    b"[" + b",".join([b"{}"] * 2_700_000) + b"]",
    b'[{"data":[' + b",".join([b"[]"] * 2_700_000) + b"]}]",
    b"[{" + b",".join(b'"%x":1' % n for n in range(750_000)) + b"}]",
    b'["' + b"\\u0100" * 1_300_000 + b'"]',
    b'["' + b'\\"' * 4_000_000 + b'"]',
    b'[{"path":"/c/s","range":"' + b",".join([b"0-0"] * 2_000_000) + b'"}]',
]


@pytest.mark.parametrize("body", BOMBS, ids=["dicts", "lists", "keys", "escapes", "quotes", "ranges"])
def test_none_takes_much_more_memory_than_it_has_bytes(body: bytes) -> None:
    assert len(body) <= manifests.MOST_BYTES
    tracemalloc.start()
    try:
        with pytest.raises((TooLarge, BadManifest)):
            manifests.parse(body, "c/own")
        assert tracemalloc.get_traced_memory()[1] < 40 << 20
    finally:
        tracemalloc.stop()


def test_large_ones_are_read_whatever_their_strings_have() -> None:
    """Many commas, brackets, quotes and backslashes are few values."""
    odd = '[{,"\\' * 160
    wanted = [{"path": f"/c/{odd}{n}", "size_bytes": n + 1} for n in range(1000)]
    found = manifests.parse(json.dumps(wanted, indent=8).encode(), "c/own")
    assert [(one.path, one.size) for one in found] == [(f"c/{odd}{n}", n + 1) for n in range(1000)]


def test_what_is_no_list_only_data_or_too_many() -> None:
    with pytest.raises(BadRequest, match="must be a list"):
        manifests.parse(b"{}", "c/own")
    with pytest.raises(BadManifest, match="require at least one"):
        manifests.parse(b'[{"data": "YQ=="}]', "c/own")
    with pytest.raises(TooLarge):
        manifests.parse(json.dumps([{"path": "/c/o"}] * 1001).encode(), "c/own")


def test_a_right_manifest() -> None:
    body = [{"path": "/c/o", "etag": None, "size_bytes": "7", "range": "-3"}, {"data": "YQ=="}, {"path": "d/p"}]
    assert manifests.parse(json.dumps(body).encode(), "c/own") == [
        Wanted("c/o", None, 7, (None, 3)),
        Wanted(data=b"a"),
        Wanted("d/p"),
    ]
    assert manifests.parse(b'[{"path": "/c/o", "size_bytes": 0}]', "c/own") == [Wanted("c/o", size=0)]


@pytest.mark.parametrize(
    ("span", "size", "bytes_"),
    [
        ((0, 4), 10, (0, 4)),
        ((5, None), 10, (5, 9)),
        ((5, 50), 10, (5, 9)),
        ((10, None), 10, None),
        ((None, 3), 10, (7, 9)),
        ((None, 30), 10, (0, 9)),
        ((None, 0), 10, None),
        ((0, None), 0, None),
    ],
)
def test_a_span_of_an_object(span: tuple[int | None, int | None], size: int, bytes_: tuple[int, int] | None) -> None:
    assert manifests.resolve(span, size) == bytes_


PARTS = st.one_of(
    st.binary(min_size=1, max_size=6).map(lambda data: Segment(data=data)),
    st.integers(0, 9).map(lambda size: Segment("c/o", size, "e")),
    st.tuples(st.integers(0, 4), st.integers(5, 8)).map(lambda span: Segment("c/o", 9, "e", span=span)),
)


def content(parts: list[Segment]) -> bytes:
    whole = b"ABCDEFGHI"
    cuts = [part.span or (0, part.size - 1) for part in parts]
    return b"".join(p.data or whole[a : b + 1] for p, (a, b) in zip(parts, cuts, strict=True))


@given(st.lists(PARTS, max_size=8), st.data())
def test_any_range_is_the_bytes_of_the_whole(parts: list[Segment], data: st.DataObject) -> None:
    whole = content(parts)
    assert segments.total(parts) == len(whole)
    first = data.draw(st.integers(0, max(len(whole) - 1, 0)))
    last = data.draw(st.integers(first, max(len(whole) - 1, first)))
    pieces = segments.cut(parts, first, last)
    assert b"".join((p.segment.data or b"ABCDEFGHI")[p.first : p.last + 1] for p in pieces) == whole[first : last + 1]


@given(st.lists(PARTS, max_size=8))
def test_a_stored_manifest_is_read_as_it_was(parts: list[Segment]) -> None:
    assert segments.decode(segments.encode(parts)) == parts


def test_raw_can_be_put_again_and_the_etag_is_swifts() -> None:
    parts = [Segment("c/o", 11, "5eb63bbbe01eeed093cb22bb8f5acdc3", span=(0, 4)), Segment(data=b"ab")]
    assert json.loads(segments.raw(parts)) == [
        {"etag": "5eb63bbbe01eeed093cb22bb8f5acdc3", "path": "/c/o", "range": "0-4", "size_bytes": 11},
        {"data": "YWI="},
    ]
    assert [w.path for w in manifests.parse(segments.raw(parts), "c/own")] == ["c/o", ""]
    assert segments.etag([]) == "d41d8cd98f00b204e9800998ecf8427e"
    assert segments.etag(parts) != segments.etag([Segment("c/o", 11, parts[0].etag), parts[1]])


def test_a_flood_of_entries_is_refused_before_one_is_read() -> None:
    """Eight megabytes of empty ones would be told three million mistakes."""
    odd: tuple[Any, ...] = ({}, [], 1, {"data": "QQ=="})
    for entry in odd:
        with pytest.raises(TooLarge):
            manifests.parse(json.dumps([entry] * 10_001).encode(), "c/own")
