"""How requests that make no sense are refused: the status, the words, and whether they come as text or as HTML. All
of it a real Swift's, byte for byte."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stacklab.core.errors import BadRequest
from stacklab.objects import metadata
from tests.support.object_lab import ObjectLab

HTML, TEXT = "text/html; charset=UTF-8", "text/plain"
LONG = "a" * 129
WHERE = "X-Object-Manifest must be in the format container/prefix"


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("c")
    made.put("c/o", b"hello", content_type="text/plain")
    made.put("c/link", x_symlink_target="c/o")
    yield made
    made.require_whole()


REFUSALS: list[tuple[str, str, dict[str, str], int, str, str]] = [
    ("PUT", "c/x", {"if_none_match": "abc"}, 400, TEXT, "If-None-Match only supports *"),
    ("PUT", "c/x", {"content_type": "a/b; swift_x=1"}, 400, HTML,
     "Invalid Content-Type, swift_* is not a valid parameter name."),
    ("PUT", "c/x", {f"x_object_meta_{LONG}": "1"}, 400, TEXT,
     f"Metadata name too long: x-object-meta-{LONG.title()}"),
    ("PUT", "c/x", {"x_object_meta_ab": "1" * 257}, 400, TEXT, "Metadata value longer than 256: x-object-meta-Ab"),
    ("PUT", "c", {"x_container_meta_a": "1" * 257}, 400, TEXT, "Metadata value longer than 256: x-container-meta-A"),
    ("POST", "", {"x_account_meta_a": "1" * 257}, 400, TEXT, "Metadata value longer than 256: x-account-meta-A"),
    ("PUT", "c/x", {"x_object_meta_": "1"}, 400, TEXT, "Metadata name cannot be empty"),
    ("PUT", "c/x", {f"x_object_meta_{n}": "1" for n in range(91)}, 400, TEXT, "Too many metadata items; max 90"),
    ("PUT", "c/" + "o" * 1025, {}, 400, TEXT, "Object name length of 1025 longer than 1024"),
    ("PUT", "x" * 257, {}, 400, HTML, "Container name length of 257 longer than 256"),
    ("PUT", "d", {"x_storage_policy": "nope"}, 400, TEXT, "Invalid X-Storage-Policy 'nope'"),
    ("PUT", "d", {"x_versions_location": "a", "x_history_location": "b"}, 400, TEXT,
     "Only one of x-versions-location or x-history-location may be specified"),
    ("PUT", "c/x", {"x_symlink_target": "c"}, 412, HTML,
     "X-Symlink-Target header must be of the form <container name>/<object name>"),
    ("PUT", "c/x", {"x_symlink_target": "c/none", "x_symlink_target_etag": "e"}, 409, TEXT,
     "X-Symlink-Target does not exist"),
    ("PUT", "c/x", {"x_symlink_target": "c/o", "x_symlink_target_etag": "e"}, 409, TEXT,
     "Object Etag '5d41402abc4b2a76b9719d911017c592' does not match X-Symlink-Target-Etag header 'e'"),
    ("POST", "c/link", {"x_symlink_target": "c/o"}, 400, TEXT,
     "A PUT request is required to set a symlink target"),
    ("PUT", "c/x", {"x_delete_at": ""}, 400, TEXT, "Non-integer X-Delete-At"),
    ("POST", "c/o", {"x_delete_after": ""}, 400, TEXT, "Non-integer X-Delete-After"),
    ("PUT", "c/x", {"x_object_manifest": ""}, 400, HTML, "X-Object-Manifest must be in the format container/prefix"),
    ("COPY", "c/o", {"destination": "//c/x"}, 412, HTML,
     "Destination header must be of the form <container name>/<object name>"),
    ("PUT", "c/x", {"x_copy_from": "//c/o"}, 412, HTML,
     "X-Copy-From header must be of the form <container name>/<object name>"),
    ("GET", "c?delimiter=%ff", {}, 400, TEXT, '"delimiter" parameter not valid UTF-8'),
    ("GET", "c?end_marker=%C3", {}, 400, TEXT, '"end_marker" parameter not valid UTF-8'),
    ("GET", f"c?limit={'9' * 5000}", {}, 412, HTML, "Maximum limit is 10000"),
    ("GET", f"?limit={'0' * 5000}1", {}, 412, HTML, "Maximum limit is 10000"),
    ("PUT", "c/x", {"content_length": "9" * 5000}, 413, TEXT, "Your request is too large."),
    ("GET", "?prefix=%ff", {}, 400, TEXT, '"prefix" parameter not valid UTF-8'),
    ("GET", "c", {"accept": "text/plain, bogus"}, 400, HTML, "Invalid Accept header"),
    ("GET", "", {"accept": "text/plain; q=abc"}, 400, HTML, "Invalid Accept header"),
    ("PUT", "c/x", {"x_object_manifest": "/foo/bar"}, 400, HTML, WHERE),
    ("PUT", "c/x", {"x_object_manifest": "foo//bar"}, 400, HTML, WHERE),
    ("GET", "c", {"accept": "image/png"}, 406, HTML,
     "<html><h1>Not Acceptable</h1>"
     "<p>The resource is not available in a format acceptable to your browser.</p></html>"),
    ("POST", "", {"x_account_quota_count": "1"}, 403, HTML,
     "<html><h1>Forbidden</h1><p>Access was denied to this resource.</p></html>"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "headers", "status", "media", "words"), REFUSALS)
def test_in_words_or_on_a_page(
    lab: ObjectLab, method: str, path: str, headers: dict[str, str], status: int, media: str, words: str
) -> None:
    answer = lab.ask(method, path, b"", **headers)
    assert (answer.status, answer.headers["content-type"], answer.raw.decode()) == (status, media, words)


def test_a_content_type_is_text() -> None:
    metadata.check_media("text/caf\xc3\xa9")  # UTF-8 as a header carries it
    with pytest.raises(BadRequest, match="Invalid Content-Type"):
        metadata.check_media("text/\xff")


@pytest.mark.parametrize("path", ["/object-store/nothing", "/object-store/v1", "/object-store/v2/AUTH_x"])
def test_what_is_no_path_of_an_account(lab: ObjectLab, path: str) -> None:
    answer = lab.api.call("GET", path, "member")
    assert (answer.status, answer.raw) == (412, b"Bad URL")


def test_a_slash_is_one_however_it_is_written(lab: ObjectLab) -> None:
    assert lab.get("c%2Fo") == lab.get("c%2fo") == b"hello"
    assert lab.ask("PUT", "none%2Fx", b"x").status == 404
    lab.put("c/a%2Fb", b"in")
    assert lab.get("c/a/b") == b"in"
    assert [row["name"] for row in lab.listed("")] == ["c"]
