"""GET and HEAD of objects: parts by number, what refusals tell all the same. Expected answers are a real Swift's."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.object_lab import ObjectLab


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("c")
    made.put("c/plain", b"hello", content_type="text/plain", x_object_meta_a="b", content_disposition="inline")
    made.put("c/1", b"aaaa")
    made.put("c/2", b"bbbbb")
    manifest = [{"path": "/c/1"}, {"path": "/c/2"}]
    made.put("c/large?multipart-manifest=put", json.dumps(manifest).encode(), content_type="text/x")
    yield made
    made.require_whole()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_part_is_a_range_that_head_tells_of_too(lab: ObjectLab, method: str) -> None:
    answer = lab.ask(method, "c/large?part-number=2")
    assert answer.status == 206
    assert answer.raw == (b"bbbbb" if method == "GET" else b"")
    told = answer.headers
    assert (told["content-range"], told["content-length"], told["x-parts-count"]) == ("bytes 4-8/9", "5", "2")
    assert lab.ask(method, "c/plain?part-number=1").status == 200
    assert lab.ask("HEAD", "c/large", range="bytes=4-8").status == 200


@pytest.mark.parametrize(
    ("number", "headers", "status", "words"),
    [
        ("0", {}, 400, "Part number must be an integer greater than 0"),
        ("x", {}, 400, "Part number must be an integer greater than 0"),
        ("", {}, 400, "Part number must be an integer greater than 0"),
        ("1", {"range": "bytes=0-1"}, 400, "Range requests are not supported with part number queries"),
        ("3", {}, 416, "The requested part number is not satisfiable"),
        ("10001", {}, 416, "The requested part number is not satisfiable"),
    ],
)
def test_numbers_that_name_no_part(
    lab: ObjectLab, number: str, headers: dict[str, str], status: int, words: str
) -> None:
    answer = lab.ask("GET", f"c/large?part-number={number}", b"", **headers)
    assert (answer.status, answer.raw.decode()) == (status, words)
    if status == 416:
        assert (answer.headers["content-range"], answer.headers["x-parts-count"]) == ("bytes */9", "2")
        assert answer.headers["content-type"] == "text/plain"
        assert {"last-modified", "x-timestamp", "etag", "accept-ranges"} <= set(answer.headers)


@pytest.mark.parametrize(
    "headers", [{"if_match": "bad"}, {"if_unmodified_since": "Tue, 01 Jan 2013 00:00:00 GMT"}, {"range": "bytes=9-"}]
)
def test_a_refusal_tells_of_the_object(lab: ObjectLab, headers: dict[str, str]) -> None:
    answer = lab.ask("GET", "c/plain", b"", **headers)
    assert answer.status == (416 if "range" in headers else 412)
    assert answer.headers["etag"] == "5d41402abc4b2a76b9719d911017c592"
    assert answer.headers["x-object-meta-a"] == "b"
    assert {"last-modified", "x-timestamp"} <= set(answer.headers)
    assert "content-disposition" not in answer.headers
    if "range" in headers:
        assert (answer.headers["accept-ranges"], answer.headers["content-range"]) == ("bytes", "bytes */5")
    else:
        assert answer.raw == b""


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("c/none", {}, 404),
        ("c/none", {"if_match": "*"}, 412),
        ("c/none", {"if_none_match": "*"}, 404),
        ("none/none", {"if_match": "*"}, 412),
    ],
)
def test_nothing_matches_what_is_not_there(lab: ObjectLab, path: str, headers: dict[str, str], status: int) -> None:
    assert lab.ask("GET", path, b"", **headers).status == status


def test_where_versions_are_kept_a_missing_one_is_the_null_one(lab: ObjectLab) -> None:
    lab.put("v", x_versions_enabled="true")
    answer = lab.ask("GET", "v/none")
    assert (answer.status, answer.headers["x-object-version-id"]) == (404, "null")
    assert "x-object-version-id" not in lab.ask("GET", "c/none").headers


def test_a_large_object_whose_part_changed_is_refused_with_a_page(lab: ObjectLab) -> None:
    lab.put("c/1", b"other")
    answer = lab.ask("GET", "c/large")
    assert answer.status == 409
    assert answer.raw.startswith(b"<html><h1>Conflict</h1>")


def test_small_words_beside_refusals_and_versions(lab: ObjectLab) -> None:
    lab.put("c/link", x_symlink_target="c/plain")
    beyond = lab.ask("GET", "c/link", range="bytes=100-")
    assert (beyond.status, beyond.headers["content-location"]) == (416, lab.head("c/link")["content-location"])
    assert lab.head("c/plain?version-id=null")["x-object-version-id"] == "null"
    raw = lab.ask("GET", "c/large?multipart-manifest=get&format=raw")
    assert raw.headers["accept-ranges"] == "bytes"
