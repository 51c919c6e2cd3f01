"""Large objects, symlinks, versions, expiry and bulk calls through the API, as a Swift 2.38 answered the same."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stacklab.core import clock, disksync
from stacklab.objects import objects
from stacklab.objects.model import Container
from stacklab.objects.service import Objects
from tests.support.object_lab import ACCOUNT, ObjectLab


@pytest.fixture
def lab(database: Callable[..., None], tmp_path: Path) -> Iterator[ObjectLab]:
    database("stacklab.objects")
    made = ObjectLab(tmp_path)
    made.put("c")
    yield made
    made.require_whole()


def large(lab: ObjectLab, name: str = "large") -> None:
    lab.put("c/s1", b"hello world", content_type="text/plain")
    lab.put("c/s2", b"second", content_type="text/plain")
    manifest = [{"path": "/c/s1", "range": "0-4"}, {"data": "LSA="}, {"path": "c/s2", "size_bytes": 6}]
    lab.put(
        f"c/{name}?multipart-manifest=put", json.dumps(manifest).encode(), content_type="text/x", x_object_meta_a="b"
    )


def test_a_static_large_object(lab: ObjectLab) -> None:
    large(lab)
    head = lab.head("c/large")
    assert (head["content-length"], head["content-type"], head["x-static-large-object"]) == ("13", "text/x", "True")
    assert head["x-object-meta-a"] == "b"
    assert head["etag"].startswith('"')
    assert "slo-etag" not in head
    assert lab.get("c/large") == b"hello- second"
    assert lab.get("c/large", range="bytes=3-8") == b"lo- se"
    many = lab.ask("GET", "c/large", range="bytes=0-1,11-")
    assert many.status == 206
    assert b"he" in many.raw
    assert lab.ask("GET", "c/large", if_none_match=head["etag"]).status == 304
    assert lab.ask("GET", "c/large", range="bytes=13-").status == 416


def test_a_manifest_is_shown_and_copied(lab: ObjectLab) -> None:
    large(lab)
    shown = lab.ask("GET", "c/large?multipart-manifest=get")
    assert shown.headers["content-type"] == "application/json; charset=utf-8"
    assert [part.get("name") for part in shown.json] == ["/c/s1", None, "/c/s2"]
    assert shown.headers["etag"] == lab.head("c/large")["x-manifest-etag"]
    raw = lab.get("c/large?multipart-manifest=get&format=raw")
    lab.put("c/again?multipart-manifest=put", raw)
    assert lab.get("c/again") == b"hello- second"
    assert lab.ask("COPY", "c/large", destination="c/plain").status == 201
    assert lab.head("c/plain")["content-length"] == "13"
    assert "x-static-large-object" not in lab.head("c/plain")
    assert lab.ask("COPY", "c/large?multipart-manifest=get", destination="c/twin").status == 201
    assert lab.head("c/twin")["etag"] == lab.head("c/large")["etag"]
    listed = {one["name"]: one for one in lab.listed("c")}
    assert (listed["large"]["bytes"], listed["large"]["slo_etag"]) == (13, lab.head("c/large")["etag"])


def test_manifests_that_are_refused(lab: ObjectLab) -> None:
    large(lab)
    wrong = json.dumps([{"path": "/c/s1", "etag": "x", "size_bytes": 4}, {"path": "/c/none"}]).encode()
    answer = lab.ask("PUT", "c/m?multipart-manifest=put", wrong)
    assert answer.status == 400
    assert answer.raw == b"Errors:\n/c/s1, Size Mismatch\n/c/s1, Etag Mismatch\n/c/none, 404 Not Found\n"
    answer = lab.ask("PUT", "c/m?multipart-manifest=put&heartbeat=on", wrong, accept="application/json")
    assert answer.status == 202
    assert json.loads(answer.raw)["Response Status"] == "400 Bad Request"
    right = json.dumps([{"path": "/c/s1"}]).encode()
    assert lab.ask("PUT", "c/m?multipart-manifest=put", right, etag="beef").status == 422
    assert lab.ask("PUT", "c/m", b"", x_static_large_object="true").status == 400
    assert lab.ask("PUT", "c/m?multipart-manifest=put", b"x").raw == b"Manifest must be valid JSON.\n"
    beating = lab.ask("PUT", "c/m?multipart-manifest=put&heartbeat=on", right)
    assert b"Response Status: 201 Created" in beating.raw


def test_a_segment_that_changed_is_a_conflict(lab: ObjectLab) -> None:
    large(lab)
    lab.put("c/s1", b"other bytes")
    assert lab.ask("GET", "c/large").status == 409
    assert lab.get("c/large", range="bytes=-6") == b"second"


def test_manifests_within_manifests(lab: ObjectLab) -> None:
    large(lab)
    outer = [{"path": "/c/large", "range": "3-8"}, {"path": "/c/large"}]
    lab.put("c/outer?multipart-manifest=put", json.dumps(outer).encode())
    assert lab.get("c/outer") == b"lo- sehello- second"
    assert lab.get("c/outer", range="bytes=4-8") == b"sehel"
    report = lab.ask("DELETE", "c/outer?multipart-manifest=delete", accept="application/json").json
    assert (report["Number Deleted"], report["Response Status"]) == (4, "200 OK")
    assert lab.listed("c") == []


def test_a_manifest_goes_after_all_that_it_is_made_of(lab: ObjectLab, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []

    async def delete(service: Objects, holder: Container, name: str, version_id: str) -> object:
        found = await _delete(service, holder, name, version_id)
        gone.append(name)
        return found

    _delete = objects.delete
    monkeypatch.setattr(objects, "delete", delete)
    paths = [f"c/s{number:02}" for number in range(40)]
    for path in paths:
        lab.put(path, b"x")
    lab.put("c/large?multipart-manifest=put", json.dumps([{"path": path} for path in paths]).encode())
    report = lab.ask("DELETE", "c/large?multipart-manifest=delete", accept="application/json").json
    assert (report["Number Deleted"], report["Errors"]) == (41, [])
    assert (sorted(gone[:-1]), gone[-1]) == ([path[2:] for path in paths], "large")


@pytest.mark.parametrize("query", ["multipart-manifest=delete", "multipart-manifest=delete&async=on"])
def test_a_manifest_is_deleted_with_its_segments(lab: ObjectLab, query: str) -> None:
    large(lab)
    assert lab.ask("DELETE", f"c/large?{query}").status in (200, 204)
    assert lab.listed("c") == []
    lab.put("c/plain", b"x")
    report = lab.ask("DELETE", "c/plain?multipart-manifest=delete")
    assert b"Not an SLO manifest" in report.raw


def test_a_dynamic_large_object(lab: ObjectLab) -> None:
    lab.put("c/d/1", b"11")
    lab.put("c/d/2", b"22")
    lab.put("c/dyn", x_object_manifest="c/d/")
    head = lab.head("c/dyn")
    assert (head["content-length"], head["x-object-manifest"]) == ("4", "c/d/")
    both = "6512bd43d9caa6e02c990b0a82652dca" + "b6d767d2f8ed5d21a44b0e5886680cb9"
    assert head["etag"] == f'"{hashlib.md5(both.encode()).hexdigest()}"'
    assert lab.get("c/dyn") == b"1122"
    assert lab.get("c/dyn", range="bytes=1-2") == b"12"
    assert lab.get("c/dyn?multipart-manifest=get") == b""
    lab.put("c/d/3", b"3")
    assert lab.get("c/dyn") == b"11223"
    assert lab.ask("COPY", "c/dyn", destination="c/plain").status == 201
    assert lab.get("c/plain") == b"11223"
    assert lab.ask("POST", "c/dyn", x_object_meta_a="b").status == 202
    assert lab.get("c/dyn") == b""
    assert lab.ask("PUT", "c/bad", x_object_manifest="c").status == 400


def test_symlinks(lab: ObjectLab) -> None:
    lab.put("c/t", b"target", content_type="text/plain", x_object_meta_a="b")
    lab.put("c/l", x_symlink_target="c/t")
    assert lab.get("c/l") == b"target"
    head = lab.head("c/l")
    assert (head["x-object-meta-a"], head["content-location"]) == ("b", f"/v1/{ACCOUNT}/c/t")
    itself = lab.head("c/l?symlink=get")
    assert (itself["content-type"], itself["x-symlink-target"]) == ("application/symlink", "c/t")
    lab.put("c/l2", x_symlink_target="c/l")
    lab.put("c/l3", x_symlink_target="c/l2")
    assert lab.get("c/l2") == b"target"
    assert lab.ask("GET", "c/l3").status == 409
    told = lab.ask("POST", "c/l", x_object_meta_q="b")
    assert (told.status, told.headers["location"]) == (307, f"/object-store/v1/{ACCOUNT}/c/t")
    assert lab.ask("POST", "c/l", x_symlink_target="c/t").status == 400
    assert lab.ask("PUT", "c/x", b"body", x_symlink_target="c/t").status == 400
    assert lab.ask("COPY", "c/l", destination="c/copy").status == 201
    assert lab.get("c/copy?symlink=get") == b"target"
    assert lab.ask("COPY", "c/l?symlink=get", destination="c/twin").status == 201
    assert lab.head("c/twin?symlink=get")["x-symlink-target"] == "c/t"
    assert {one["name"]: one.get("symlink_path") for one in lab.listed("c")}["l"] == f"/v1/{ACCOUNT}/c/t"
    assert lab.ask("DELETE", "c/l").status == 204
    assert lab.get("c/t") == b"target"
    lab.put("c/lost", x_symlink_target="c/none")
    assert lab.ask("GET", "c/lost").status == 404


def test_static_symlinks(lab: ObjectLab) -> None:
    etag = lab.put("c/t", b"target", content_type="text/plain").headers["etag"]
    assert lab.ask("PUT", "c/s", x_symlink_target="c/t", x_symlink_target_etag="42").status == 409
    assert lab.ask("PUT", "c/s", x_symlink_target="c/none", x_symlink_target_etag="42").status == 409
    lab.put("c/s", x_symlink_target="c/t", x_symlink_target_etag=etag)
    itself = lab.head("c/s?symlink=get")
    assert (itself["x-symlink-target-bytes"], itself["content-type"]) == ("6", "text/plain")
    assert lab.get("c/s") == b"target"
    listed = next(one for one in lab.listed("c") if one["name"] == "s")
    assert (listed["symlink_etag"], listed["symlink_bytes"]) == (etag, 6)
    lab.put("c/t", b"changed")
    assert lab.ask("GET", "c/s").status == 409


def test_nobody_reads_through_a_link_of_their_own(lab: ObjectLab) -> None:
    lab.put("c/t", b"secret")
    theirs = "/object-store/v1/AUTH_0123456789abcdef0123456789abcde1/p"
    assert lab.api.put(theirs, "other").status == 201
    link = {"x-symlink-target": "c/t", "x-symlink-target-account": ACCOUNT}
    assert lab.api.put(f"{theirs}/l", "other", headers=link).status == 201
    assert lab.api.get(f"{theirs}/l", "other").status == 403


def versions(lab: ObjectLab) -> list[tuple[str, bool, int]]:
    return [(one["version_id"], one["is_latest"], one["bytes"]) for one in lab.listed("v?versions")]


def test_versions_by_id(lab: ObjectLab) -> None:
    lab.put("v", x_versions_enabled="true")
    assert lab.head("v")["x-versions-enabled"] == "True"
    first = lab.put("v/o", b"one").headers["x-object-version-id"]
    second = lab.put("v/o", b"two2").headers["x-object-version-id"]
    assert lab.head("v")["x-container-bytes-used"] == "7"
    assert lab.get("v/o") == b"two2"
    assert lab.head("v/o")["x-object-version-id"] == second
    assert versions(lab) == [(second, True, 4), (first, False, 3)]
    assert lab.get(f"v/o?version-id={first}") == b"one"
    assert lab.ask("GET", "v/o?version-id=null").status == 404
    assert lab.ask("GET", "v/o?version-id=xx").status == 400
    assert lab.ask("POST", f"v/o?version-id={first}").status == 400
    gone = lab.ask("DELETE", "v/o").headers["x-object-version-id"]
    assert lab.ask("GET", "v/o").status == 404
    assert versions(lab)[0] == (gone, True, 0)
    assert lab.ask("GET", f"v/o?version-id={gone}").headers["content-type"].startswith("application/x-deleted")
    lab.put(f"v/o?version-id={first}")
    assert lab.get("v/o") == b"one"
    answer = lab.ask("DELETE", f"v/o?version-id={first}")
    assert (answer.status, answer.headers["x-object-current-version-id"]) == (204, "null")
    assert [one[0] for one in versions(lab)] == [gone, second]
    assert lab.ask("DELETE", "v").status == 409
    lab.ask("POST", "v", x_versions_enabled="false")
    lab.put("v/o", b"null")
    assert versions(lab)[0] == ("null", True, 4)
    for version_id, _, _ in versions(lab):
        assert lab.ask("DELETE", f"v/o?version-id={version_id}").status == 204
    assert lab.ask("DELETE", "v").status == 204


def test_what_was_there_before_versions_is_kept(lab: ObjectLab) -> None:
    lab.put("v")
    lab.put("v/o", b"before")
    assert versions(lab) == [("null", True, 6)]
    assert lab.ask("GET", "v/o?version-id=1234567890.00000").status == 400
    lab.ask("POST", "v", x_versions_enabled="true")
    lab.put("v/o", b"after!!")
    assert [size for _, _, size in versions(lab)] == [7, 6]
    lab.ask("POST", "v", x_versions_enabled="false")
    lab.put("v/o", b"1")
    lab.put("v/o", b"22")
    assert [size for _, _, size in versions(lab)] == [2, 7, 6]


def test_pages_of_versions(lab: ObjectLab) -> None:
    lab.put("v", x_versions_enabled="true")
    for name in ("a", "b/1", "b/2", "c"):
        lab.put(f"v/{name}", b"1")
        lab.put(f"v/{name}", b"22")
    whole = lab.listed("v?versions")
    assert [one["name"] for one in whole] == ["a", "a", "b/1", "b/1", "b/2", "b/2", "c", "c"]
    paged, marker = [], ""
    while page := lab.listed(f"v?versions&limit=3{marker}"):
        paged += page
        marker = f"&marker={page[-1]['name']}&version_marker={page[-1]['version_id']}"
    assert paged == whole
    folded = lab.listed("v?versions&delimiter=/")
    assert [one.get("subdir", one.get("name")) for one in folded] == ["a", "a", "b/", "c", "c"]
    assert lab.ask("GET", "v?versions&version_marker=null").status == 400


def test_a_stack_of_versions(lab: ObjectLab) -> None:
    lab.put("old")
    lab.put("b", x_versions_location="old")
    assert lab.head("b")["x-versions-location"] == "old"
    for data in (b"1", b"22", b"333"):
        lab.put("b/o", data)
    assert [one["name"][:5] for one in lab.listed("old")] == ["001o/", "001o/"]
    for data in (b"22", b"1"):
        assert lab.ask("DELETE", "b/o").status == 204
        assert lab.get("b/o") == data
    assert lab.ask("DELETE", "b/o").status == 204
    assert lab.ask("GET", "b/o").status == 404
    assert (lab.listed("b"), lab.listed("old")) == ([], [])


def test_a_history_of_versions(lab: ObjectLab) -> None:
    lab.put("old")
    lab.put("b", x_history_location="old")
    lab.put("b/o", b"1")
    lab.put("b/o", b"22")
    assert lab.ask("DELETE", "b/o").status == 204
    assert lab.ask("GET", "b/o").status == 404
    assert lab.ask("DELETE", "b/o").status == 404
    assert [one["bytes"] for one in lab.listed("old")] == [1, 2, 0, 0]
    both = lab.ask("POST", "b", x_history_location="old", x_versions_location="old")
    assert both.status == 400
    assert lab.ask("POST", "b", x_versions_enabled="true").status == 400
    assert lab.ask("POST", "b", x_remove_history_location="x").status == 204
    assert "x-history-location" not in lab.head("b")


def test_versions_that_have_nowhere_to_go(lab: ObjectLab) -> None:
    lab.put("b", x_versions_location="none")
    lab.put("b/o", b"1")
    assert lab.ask("PUT", "b/o", b"2").status == 412
    assert lab.get("b/o") == b"1"


def test_expired_objects_are_gone(lab: ObjectLab) -> None:
    now = clock.now()
    lab.put("c/e", b"x", x_delete_after="10")
    assert lab.head("c/e")["x-delete-at"] == str(now // clock.SECOND + 10)
    clock.use(lambda: now + 11 * clock.SECOND)
    try:
        for method in ("GET", "HEAD", "POST", "DELETE"):
            assert lab.ask(method, "c/e").status == 404
        assert lab.put("c/e", b"new", if_none_match="*", x_delete_after="10").status == 201
        assert lab.ask("PUT", "c/e", b"newer", if_none_match="*").status == 412
        clock.use(lambda: now + 30 * clock.SECOND)
        assert lab.service.expire() == 1
        assert lab.listed("c") == []
        assert lab.head("c")["x-container-object-count"] == "0"
    finally:
        clock.use(None)


def packed(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return written.getvalue()


@pytest.mark.parametrize(("kind", "path"), [("tar", ""), ("tar.gz", ""), ("tar", "n"), ("tar", "n/deep")])
def test_bulk_upload_and_delete(lab: ObjectLab, kind: str, path: str) -> None:
    data = packed({"n/one": b"1", "n/two": b"22"} if not path else {"one": b"1", "two": b"22"})
    data = gzip.compress(data) if kind == "tar.gz" else data
    report = lab.ask("PUT", f"{path}?extract-archive={kind}", data, accept="application/json").json
    assert (report["Response Status"], report["Number Files Created"]) == ("201 Created", 2)
    names = [one["name"] for one in lab.listed("n")]
    assert [name.rpartition("/")[2] for name in names] == ["one", "two"]
    listed = "\n".join(f"n/{name}" for name in [*names, "none"]) + "\nn"
    report = lab.ask("POST", "?bulk-delete", listed.encode(), accept="application/json", content_type="text/plain").json
    assert (report["Number Deleted"], report["Number Not Found"]) == (3, 1)
    assert lab.ask("GET", "n").status == 404


def test_what_a_bulk_call_does_shares_the_syncs_of_the_disk(lab: ObjectLab, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    sync = disksync.sync

    async def counted(*files: int) -> None:
        synced.append(len(files))
        await sync(*files)

    monkeypatch.setattr(disksync, "sync", counted)
    files = {f"n/{n:03}": f"{n}".encode() for n in range(128)}
    report = lab.ask("PUT", "?extract-archive=tar", packed(files), accept="application/json").json
    assert (report["Response Status"], report["Number Files Created"]) == ("201 Created", 128)
    assert sum(synced) >= 128 + 2  # every file, and folders and rows
    assert len(synced) <= 128 / 2  # three for a group, which mostly has sixteen
    assert {f"n/{one['name']}": lab.get(f"n/{one['name']}") for one in lab.listed("n")} == files
    synced.clear()
    asked = {"accept": "application/json", "content_type": "text/plain"}
    report = lab.ask("POST", "?bulk-delete", "\n".join([*files, "n"]).encode(), **asked).json
    assert (report["Number Deleted"], report["Errors"]) == (129, [])
    assert 1 <= len(synced) <= 128 / 4


def test_bulk_calls_by_who_may_not(lab: ObjectLab) -> None:
    lab.put("c/o", b"1")
    report = lab.ask(
        "PUT", "?extract-archive=tar", packed({"new/one": b"1"}), persona="other", accept="application/json"
    )
    assert report.json["Response Status"] == "400 Bad Request"
    assert report.json["Errors"] == [[f"/v1/{ACCOUNT}/new", "403 Forbidden"], ["new/one", "403 Forbidden"]]
    report = lab.ask("DELETE", "?bulk-delete", b"c/o", persona="other", accept="application/json")
    assert report.json["Errors"] == [["c/o", "403 Forbidden"]]
    assert lab.ask("PUT", "?extract-archive=rar", b"").status == 400
    assert lab.get("c/o") == b"1"


def test_a_dynamic_object_of_too_many_segments_is_refused(lab: ObjectLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one of as many as may be is read, over pages of its container."""
    for name, kept in (("dynamic._PAGE", 2), ("dynamic._MOST", 7), ("large._AHEAD", 2), ("large._KNOWN", 3)):
        monkeypatch.setattr(f"stacklab.objects.{name}", kept)
    lab.put("many")
    for number in range(7):
        lab.put(f"many/s{number}", b"%d" % number)
    lab.put("c/many", x_object_manifest="many/s")
    assert lab.get("c/many") == b"0123456"
    assert lab.get("c/many", range="bytes=3-4") == b"34"
    lab.put("many/s7", b"7")
    answer = lab.ask("GET", "c/many")
    assert (answer.status, answer.raw) == (409, b"A dynamic large object is of 7 segments at most.")
