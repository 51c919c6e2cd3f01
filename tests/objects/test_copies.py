"""Copies of a range, on conditions, of one version; what they tell of their source. Expected answers are a Swift's."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.object_lab import ObjectLab

HELLO = "5d41402abc4b2a76b9719d911017c592"


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("c")
    made.put("c/o", b"hello", content_type="text/plain")
    made.put("c/empty")
    manifest = [{"path": "/c/o"}, {"path": "/c/o", "range": "0-1"}]
    made.put("c/large?multipart-manifest=put", json.dumps(manifest).encode())
    yield made
    made.require_whole()


@pytest.mark.parametrize(
    ("source", "span", "expected"),
    [
        ("c/o", "bytes=0-1", b"he"),
        ("c/o", "bytes=-2", b"lo"),
        ("c/o", "bytes=0-99", b"hello"),
        ("c/o", "nonsense", b"hello"),
        ("c/large", "bytes=3-5", b"loh"),
        ("c/o?multipart-manifest=get", "bytes=0-1", b"he"),
        ("c/empty", "bytes=-1", b""),
    ],
)
def test_of_a_range(lab: ObjectLab, source: str, span: str, expected: bytes) -> None:
    assert lab.ask("COPY", source, destination="c/by-copy", range=span).status == 201
    path, _, query = source.partition("?")
    assert lab.put(f"c/by-put?{query}", x_copy_from=path, range=span).status == 201
    assert lab.get("c/by-copy") == lab.get("c/by-put") == expected


@pytest.mark.parametrize(("span", "status"), [("bytes=9-", 416), ("bytes=0-0,2-2", 400)])
def test_of_a_range_there_is_not(lab: ObjectLab, span: str, status: int) -> None:
    assert lab.ask("COPY", "c/o", destination="c/new", range=span).status == status
    assert lab.ask("HEAD", "c/new").status == 404


@pytest.mark.parametrize(
    ("source", "headers", "status"),
    [
        ("c/o", {"if_match": "bad"}, 412),
        ("c/o", {"if_match": HELLO}, 201),
        ("c/o", {"if_none_match": HELLO}, 304),
        ("c/o", {"if_none_match": "*"}, 304),
        ("c/o", {"if_none_match": "bad"}, 201),
        ("c/o", {"if_modified_since": "Tue, 01 Jan 2030 00:00:00 GMT"}, 304),
        ("c/o", {"if_unmodified_since": "Tue, 01 Jan 2013 00:00:00 GMT"}, 412),
        ("c/none", {"if_match": "*"}, 412),
        ("c/none", {}, 404),
    ],
)
def test_conditions_are_of_the_source(lab: ObjectLab, source: str, headers: dict[str, str], status: int) -> None:
    assert lab.ask("COPY", source, b"", destination="c/new", **headers).status == status
    assert lab.ask("HEAD", "c/new").status == (200 if status == 201 else 404)


def test_what_is_told_of_the_source(lab: ObjectLab) -> None:
    lab.put("v", x_versions_enabled="true")
    first = lab.put("v/o", b"one").headers["x-object-version-id"]
    second = lab.put("v/o", b"two").headers["x-object-version-id"]
    told = lab.ask("COPY", f"v/o?version-id={first}", destination="c/new").headers
    assert (told["x-copied-from"], told["x-copied-from-version-id"]) == ("v/o", first)
    assert lab.get("c/new") == b"one"
    assert lab.ask("COPY", "v/o", destination="c/new").headers["x-copied-from-version-id"] == second
    assert "x-copied-from-version-id" not in lab.ask("COPY", "c/o", destination="c/new").headers


def test_a_copied_manifest_or_link_tells_what_it_makes(lab: ObjectLab) -> None:
    told = lab.ask("COPY", "c/large?multipart-manifest=get", destination="c/again").headers
    assert told["etag"] == lab.head("c/large")["etag"] == lab.head("c/again")["etag"]
    assert "x-static-large-object" not in told
    lab.put("c/link", x_symlink_target="c/o")
    told = lab.ask("COPY", "c/link?symlink=get", destination="c/link2").headers
    assert "x-symlink-target" not in told
    assert lab.get("c/link2") == b"hello"


def test_what_ends_is_told_by_the_copy_alone(lab: ObjectLab) -> None:
    told = lab.ask("COPY", "c/o", destination="c/brief", x_delete_at="2000000000").headers
    assert "x-delete-at" not in told
    assert lab.head("c/brief")["x-delete-at"] == "2000000000"


def test_a_delete_marker_is_no_version_to_go_back_to(lab: ObjectLab) -> None:
    lab.put("v", x_versions_enabled="true")
    lab.put("v/o", b"one")
    marker = lab.ask("DELETE", "v/o").headers["x-object-version-id"]
    assert lab.ask("PUT", f"v/o?version-id={marker}").status == 400
    assert lab.ask("GET", "v/o").status == 404


def test_a_copy_has_no_type_that_a_put_has_not(lab: ObjectLab) -> None:
    assert lab.ask("COPY", "c/o", destination="c/new", content_type="a/b; swift_x=1").status == 400
