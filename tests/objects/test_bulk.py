"""Bulk calls over a store of a dictionary: what is told of each, and what stops them."""

import asyncio
import io
import tarfile
from collections.abc import AsyncIterator, Mapping

import pytest

from stacklab.core.errors import Conflict, Failure, Forbidden, NotFound, Unauthorized
from stacklab.objects import bulk
from stacklab.objects.archives import Archive
from stacklab.objects.bulk import Report


class Shelf:
    """Containers of objects; what is in `refused` is refused."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, bytes]] = {}
        self.headers: dict[str, Mapping[str, str]] = {}
        self.refused: dict[str, Failure] = {}

    async def create(self, container: str) -> bool:
        if container in self.refused:
            raise self.refused[container]
        new = container not in self.kept
        self.kept.setdefault(container, {})
        return new

    async def put(
        self, container: str, name: str, size: int, headers: Mapping[str, str], body: AsyncIterator[bytes]
    ) -> None:
        if f"{container}/{name}" in self.refused:
            raise self.refused[f"{container}/{name}"]
        data = b"".join([chunk async for chunk in body])
        assert len(data) == size
        self.kept[container][name] = data
        self.headers[f"{container}/{name}"] = headers

    async def delete(self, container: str, name: str) -> None:
        if f"{container}/{name}" in self.refused:
            raise self.refused[f"{container}/{name}"]
        if container not in self.kept or (name and name not in self.kept[container]):
            raise NotFound(name)
        if name:
            del self.kept[container][name]
        elif self.kept[container]:
            raise Conflict("full")
        else:
            del self.kept[container]


async def chunks(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 100):
        yield data[start : start + 100]


def packed(files: dict[str, bytes], pax: dict[str, str] | None = None) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.pax_headers = len(data), pax or {}
            tar.addfile(info, io.BytesIO(data))
    return written.getvalue()


def extract(shelf: Shelf, data: bytes, base: str = "", headers: dict[str, str] | None = None) -> Report:
    archive = Archive(chunks(data), "")
    return asyncio.run(bulk.extract(archive, base, headers or {}, shelf.create, shelf.put))


def delete(shelf: Shelf, data: bytes) -> Report:
    return asyncio.run(bulk.delete(bulk.names(chunks(data)), shelf.delete))


@pytest.mark.parametrize(
    ("base", "kept"),
    [
        ("", {"a": {"b/c": b"1"}, "d": {"e": b"2"}}),
        ("x", {"x": {"a/b/c": b"1", "d/e": b"2", "top": b"3"}}),
        ("x/y/", {"x": {"y/a/b/c": b"1", "y/d/e": b"2", "y/top": b"3"}}),
    ],
)
def test_files_become_objects(base: str, kept: dict[str, dict[str, bytes]]) -> None:
    shelf = Shelf()
    report = extract(shelf, packed({"./a/b/c": b"1", "/d/e": b"2", "top": b"3"}), base)
    assert (report.status, report.failed) == (201, [])
    assert report.counts == {"Number Files Created": sum(len(files) for files in kept.values())}
    assert shelf.kept == kept


def test_metadata_and_expiry_of_the_request_go_to_each() -> None:
    shelf = Shelf()
    extract(shelf, packed({"a/b": b""}), headers={"x-delete-after": "9", "x-object-meta-k": "v", "x-auth-token": "t"})
    assert shelf.headers["a/b"] == {"x-delete-after": "9", "x-object-meta-k": "v"}


def test_one_failure_stops_no_other() -> None:
    shelf = Shelf()
    shelf.refused = {"a/1 2": Forbidden("no"), "a/bad\udcff": Forbidden("never asked")}
    report = extract(shelf, packed({"a/1 2": b"x" * 900, "a/bad\udcff": b"", "a/3": b"y"}))
    assert report.status == 400
    assert report.failed == [("a/1%202", "403 Forbidden"), ("a/bad%FF", "412 Precondition Failed")]
    assert shelf.kept == {"a": {"3": b"y"}}


def test_somebody_who_may_not_is_told_at_once() -> None:
    shelf = Shelf()
    shelf.refused = {"a": Unauthorized("who?")}
    report = extract(shelf, packed({"a/1": b"", "b/2": b""}))
    assert report.status == 401
    assert shelf.kept == {}


def test_what_is_no_archive_or_holds_nothing() -> None:
    assert extract(Shelf(), packed({})).words == "Invalid Tar File: No Valid Files"
    assert extract(Shelf(), b"").words == "Invalid Tar File: empty file"
    cut = extract(Shelf(), packed({"a/b": b"x" * 5000})[:2000])
    assert (cut.status, cut.words) == (400, "Invalid Tar File: unexpected end of data")


def test_names_are_deleted_objects_first() -> None:
    shelf = Shelf()
    shelf.kept = {"a": {"1 2": b"", "/slash": b""}, "b": {}}
    report = delete(shelf, b"a\n/a/1%202\n\na//slash\nb/none\nnone\nb/")
    assert (report.status, report.counts) == (200, {"Number Deleted": 4, "Number Not Found": 2})
    assert shelf.kept == {}


def test_what_cannot_be_deleted_is_told() -> None:
    shelf = Shelf()
    shelf.kept = {"a": {"1": b"", "2": b""}}
    shelf.refused = {"a/2": Forbidden("no")}
    report = delete(shelf, b"a/1\n/a/2\na\n%FF/x")
    assert report.status == 400
    assert report.failed == [("/a/2", "403 Forbidden"), ("%FF/x", "412 Precondition Failed"), ("a", "409 Conflict")]


def test_lists_that_are_too_long_or_empty() -> None:
    assert delete(Shelf(), b"").words == "Invalid bulk delete."
    assert delete(Shelf(), b"\n".join([b"a/b"] * 10_001)).status == 413
    assert delete(Shelf(), b"a" * 5000).words == "Invalid File Name"


def test_a_thousand_failures_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST_FAILED", 3)
    shelf = Shelf()
    shelf.kept = {"a": {"1": b""}}
    shelf.refused = {f"a/{n}": Forbidden("no") for n in range(9)}
    report = delete(shelf, b"".join(b"a/%d\n" % n for n in range(9)))
    assert (report.words, len(report.failed)) == ("Max delete failures exceeded", 3)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("mime_type", "text/plain\r\nx-evil: 1"),
        ("mime_type", "text/plain; swift_bytes=1"),
        ("meta.a", "v\nx-evil: 1"),
        ("meta.a", "a\0b"),
        ("meta.a\r\nx-evil", "1"),
        ("meta.a: b", "1"),
        ("meta.\xe9", "1"),
    ],
)
def test_attributes_that_no_header_can_carry_are_refused_with_their_file(attribute: str, value: str) -> None:
    shelf = Shelf()
    report = extract(shelf, packed({"c/o": b"1"}, {f"SCHILY.xattr.user.{attribute}": value}))
    assert report.failed == [("c/o", "400 Bad Request")]
    assert shelf.kept == {"c": {}}


def test_attributes_beyond_ascii_are_their_bytes() -> None:
    shelf = Shelf()
    extract(shelf, packed({"c/o": b"1"}, {"SCHILY.xattr.user.meta.a": "\u4e2d\udcff"}))
    assert shelf.headers["c/o"]["x-object-meta-a"].encode("latin-1") == "\u4e2d".encode() + b"\xff"
