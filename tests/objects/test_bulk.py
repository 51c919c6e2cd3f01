"""Bulk calls over a store of a dictionary: what is told of each, and what stops them."""

import asyncio
import io
import tarfile
from collections.abc import AsyncIterator, Mapping

import pytest

from stacklab.core.errors import Conflict, Failure, Forbidden, NotFound, Unauthorized
from stacklab.objects import bulk, extraction, metadata, underway
from stacklab.objects.archives import Archive
from stacklab.objects.bulk import Report
from stacklab.objects.extraction import Take
from stacklab.objects.store import SMALL


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

    def put(self, container: str, name: str, headers: Mapping[str, str]) -> Take:
        if f"{container}/{name}" in self.refused:
            raise self.refused[f"{container}/{name}"]

        async def take(body: AsyncIterator[bytes]) -> None:
            data = b"".join([chunk async for chunk in body])
            self.kept[container][name] = data
            self.headers[f"{container}/{name}"] = headers

        return take

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
    return asyncio.run(extraction.extract(archive, "AUTH_a", base, headers or {}, shelf.create, shelf.put))


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


def test_a_container_that_cannot_be_made_is_told_once() -> None:
    """As Swift does: of each only with its first object, though others may be put there."""
    shelf = Shelf()
    shelf.kept = {"a": {}}
    shelf.refused = {"a": Forbidden("no"), "a/1": Forbidden("no"), "a/2": Forbidden("no")}
    report = extract(shelf, packed({"a/1": b"", "a/2": b"", "a/3": b"3"}))
    assert report.failed == [("/v1/AUTH_a/a", "403 Forbidden"), ("a/1", "403 Forbidden"), ("a/2", "403 Forbidden")]
    assert shelf.kept == {"a": {"3": b"3"}}


def test_a_file_that_is_too_large_makes_no_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(metadata.LIMITS, "max_file_size", 100)
    shelf = Shelf()
    report = extract(shelf, packed({"a/1": b"x" * 101, "b/2": b"x" * 100}))
    assert report.failed == [("a/1", "413 Request Entity Too Large")]
    assert shelf.kept == {"b": {"2": b"x" * 100}}


def test_of_containers_only_the_new_ones_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "MOST_CONTAINERS", 2)
    shelf = Shelf()
    shelf.kept = {"a": {}, "b": {}}
    assert extract(shelf, packed({f"{name}/1": b"" for name in "abcd"})).status == 201
    report = extract(shelf, packed({f"{name}/2": b"" for name in "aefg"}))
    assert (report.status, report.words) == (400, "More than 2 containers to create from tar.")
    assert report.counts == {"Number Files Created": 3}


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


class Gated(Shelf):
    """Bytes are taken in at once and kept when `letting` says so: all that wait, the last one first."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.waiting, self.seen = most, list[asyncio.Future[None]](), list[int]()
        self.failing: dict[str, Exception] = {}

    def put(self, container: str, name: str, headers: Mapping[str, str]) -> Take:
        inner = super().put(container, name, headers)

        async def take(body: AsyncIterator[bytes]) -> None:
            data = b"".join([chunk async for chunk in body])
            gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiting.append(gate)
            self.seen.append(len(self.waiting))
            if len(self.waiting) == self.most or len(data) >= SMALL:
                self.open()
            await gate
            if name in self.failing:
                raise self.failing[name]
            await inner(chunks(data))

        return take

    def open(self) -> None:
        waiting, self.waiting = self.waiting, []
        for gate in reversed(waiting):
            gate.set_result(None)


def test_small_files_go_side_by_side_and_are_told_in_order() -> None:
    """As many as may: were one fewer under way, none would ever end."""
    shelf = Gated(underway.MOST)
    names = [f"{n:03}" for n in range(2 * underway.MOST)]
    shelf.failing = {name: Forbidden("no") for name in names[::5]}
    report = extract(shelf, packed({f"a/{name}": name.encode() for name in names}))
    assert max(shelf.seen) == underway.MOST
    assert report.failed == [(f"a/{name}", "403 Forbidden") for name in names[::5]]
    assert shelf.kept == {"a": {name: name.encode() for name in names if name not in shelf.failing}}
    assert report.counts == {"Number Files Created": len(shelf.kept["a"])}


def test_of_two_with_one_name_the_later_one_has_it() -> None:
    shelf = Gated(1)
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for data in (b"first", b"second", b"third"):
            info = tarfile.TarInfo("a/b")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    assert extract(shelf, written.getvalue()).counts == {"Number Files Created": 3}
    assert (shelf.kept, shelf.seen) == ({"a": {"b": b"third"}}, [1, 1, 1])


def test_a_large_file_goes_alone() -> None:
    shelf = Gated(1)
    files = {"a/1": b"1", "a/2": b"2" * SMALL, "a/3": b"3"}
    assert extract(shelf, packed(files)).counts == {"Number Files Created": 3}
    assert list(shelf.kept["a"]) == ["1", "2", "3"]


def test_the_bytes_that_are_held_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(underway, "MOST_BYTES", 1000)
    shelf = Gated(3)
    assert extract(shelf, packed({f"a/{n}": b"x" * 300 for n in range(6)})).counts == {"Number Files Created": 6}
    assert max(shelf.seen) == 3


def test_what_is_under_way_when_the_archive_breaks_is_told() -> None:
    shelf = Shelf()
    cut = extract(shelf, packed({"a/1": b"1", "a/2": b"2", "a/3": b"x" * 900})[:2660])
    assert (cut.status, cut.words) == (400, "Invalid Tar File: unexpected end of data")
    assert (cut.counts, cut.failed) == ({"Number Files Created": 2}, [("a/3", "400 Bad Request")])
    assert shelf.kept == {"a": {"1": b"1", "2": b"2"}}


def test_a_disk_that_fails_ends_it_and_the_rest_is_told() -> None:
    shelf = Gated(4)
    shelf.failing = {"1": OSError("no space")}
    report = extract(shelf, packed({f"a/{n}": b"" for n in range(4)}))
    assert (report.status, report.counts) == (500, {"Number Files Created": 3})


def test_somebody_who_may_not_in_the_middle_ends_it_after_those_before() -> None:
    shelf = Shelf()
    shelf.refused = {"a/2": Unauthorized("who?")}
    report = extract(shelf, packed({"a/1": b"1", "a/2": b"", "a/3": b""}))
    assert (report.status, report.failed) == (401, [("a/2", "401 Unauthorized")])
    assert shelf.kept == {"a": {"1": b"1"}}


def test_a_thousand_files_that_fail_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where each fails only when its bytes are in."""
    monkeypatch.setattr(bulk, "MOST_FAILED", 5)
    for shelf in (Shelf(), Gated(1)):
        if isinstance(shelf, Gated):
            shelf.failing = {f"{n}": Forbidden("no") for n in range(20)}
        else:
            shelf.refused = {f"a/{n}": Forbidden("no") for n in range(20)}
        report = extract(shelf, packed({f"a/{n}": b"" for n in range(20)}))
        assert report.failed == [(f"a/{n}", "403 Forbidden") for n in range(5)]
