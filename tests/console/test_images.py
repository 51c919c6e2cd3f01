"""Images: what each list shows, what each form sends, what an upload leaves behind when it goes wrong."""

import hashlib
import json
from typing import Any

import pytest
from starlette.responses import JSONResponse

from stacklab.console.images import changes, failure, sniff
from tests.console.fake_images import IMAGE, PROJECT

BYTES = "QFI\xfb" + "x" * 100_000
RAW = BYTES.encode("latin-1")


def put(lin: Any, query: str, body: str = BYTES) -> Any:
    return lin.ask("PUT", f"/images?{query}", body, {"X-Form-Token": lin.token("/images/new")})


def test_lists_show_whose_they_are(site: Any, lin: Any) -> None:
    cloud = site.cloud.images
    cloud.add("mine")
    cloud.add("old", os_hidden=True)
    theirs = cloud.add("theirs", owner="b" * 32, visibility="shared")
    cloud.members[theirs] = {PROJECT: "pending"}
    held = {"own": ["mine"], "public": ["stacklab-guest"], "shared": ["theirs"], "hidden": ["old"], "community": []}
    for view, names in held.items():
        text = lin.get(f"/images?show={view}").text
        assert [name for name in ("mine", "old", "theirs", "stacklab-guest") if f">{name}</a>" in text] == names
    assert "Waits for you" in lin.get("/images?show=shared").text
    assert PROJECT in lin.get("/images?show=shared").text


def test_shared_images_are_accepted_and_rejected(site: Any, lin: Any) -> None:
    theirs = site.cloud.images.add("theirs", owner="b" * 32, visibility="shared")
    site.cloud.images.members[theirs] = {PROJECT: "pending"}
    for answer in ("accepted", "rejected"):
        sent = lin.post(f"/images/{theirs}", {"do": answer, "next": "list"}, lin.token("/images/new"))
        assert sent.headers["location"] == "/images?show=shared"
        assert site.cloud.images.members[theirs] == {PROJECT: answer}
    assert "Rejected" in lin.get("/images?show=shared").text


@pytest.mark.parametrize("algorithm", ["", "md5", "sha256", "sha512"])
def test_upload_finds_the_kind_and_compares_the_checksum(site: Any, lin: Any, algorithm: str) -> None:
    digest = hashlib.new(algorithm, RAW).hexdigest() if algorithm else ""
    answer = put(lin, f"key=disk.img&checksum={digest}")
    where = json.loads(answer.text)["location"]
    image = site.cloud.images.held[where.rpartition("/")[2]]
    assert (image["name"], image["disk_format"], image["size"]) == ("disk.img", "qcow2", len(RAW))
    text = lin.get(where).text
    assert image["os_hash_value"] in text
    assert ("its checksum matches" in text) == bool(algorithm)
    assert "openstack image create --disk-format qcow2" in text


@pytest.mark.parametrize(
    ("query", "body", "said"),
    [
        ("key=x&checksum=" + "0" * 32, BYTES, "another one"),
        ("key=x&checksum=" + "0" * 64, BYTES, "another one"),
        ("key=x&checksum=zz", BYTES, "hex digits"),
        ("key=x", "", "empty"),
        ("key=x", "\x1f\x8b" + "0" * 10, "Unpack it first"),
    ],
)
def test_an_upload_that_is_refused_leaves_nothing(site: Any, lin: Any, query: str, body: str, said: str) -> None:
    answer = put(lin, query, body)
    assert answer.status == 422
    assert said in json.loads(answer.text)["message"]
    assert set(site.cloud.images.held) == {IMAGE}


def test_an_upload_the_cloud_refuses_leaves_nothing(site: Any, lin: Any) -> None:
    fault = {"message": "The size of the data 5 will exceed the limit. 1 bytes remaining.<br /><br />"}
    site.cloud.fail["PUT /image/v2/images/{id}/file"] = JSONResponse(fault, 413)
    answer = put(lin, "key=x")
    assert answer.status == 413
    assert "left of your quota" in json.loads(answer.text)["message"]
    assert set(site.cloud.images.held) == {IMAGE}


def test_an_upload_needs_the_form_token(site: Any, lin: Any) -> None:
    assert lin.ask("PUT", "/images?key=x", BYTES, {"X-Form-Token": "no"}).status == 403
    assert set(site.cloud.images.held) == {IMAGE}


def test_import_by_url(site: Any, lin: Any) -> None:
    url = "https://example.org/a/debian.qcow2?x=1"
    answer = lin.post("/images", {"url": url, "disk_format": "qcow2"}, lin.token("/images/new"))
    assert site.cloud.images.imported == [{"method": {"name": "web-download", "uri": url}}]
    text = lin.get(answer.headers["location"]).text
    assert "debian.qcow2" in text
    assert "This page follows by itself" in text


@pytest.mark.parametrize(
    "fields", [{"url": "ftp://x", "disk_format": "raw"}, {"url": "https://h/x", "disk_format": "docker"}]
)
def test_import_form_is_checked(site: Any, lin: Any, fields: dict[str, str]) -> None:
    assert lin.post("/images", fields, lin.token("/images/new")).status == 422
    assert set(site.cloud.images.held) == {IMAGE}


def test_an_import_that_is_refused_leaves_nothing(site: Any, lin: Any) -> None:
    fault = {"message": "URI does not pass filtering: http://127.0.0.1<br /><br />"}
    site.cloud.fail["POST /image/v2/images/{id}/import"] = JSONResponse(fault, 400)
    answer = lin.post("/images", {"url": "http://127.0.0.1/x", "disk_format": "raw"}, lin.token("/images/new"))
    assert answer.status == 422
    assert "not fetched from this address" in answer.text
    assert set(site.cloud.images.held) == {IMAGE}


def test_a_failed_import_says_why_and_can_be_tried_again(site: Any, lin: Any) -> None:
    image = site.cloud.images.add("x", status="queued", checksum=None, os_glance_failed_import="file")
    where = f"/images/{image}"
    assert "no such file there" in lin.get(where).text
    lin.post(where, {"do": "import", "url": "https://h/x", "disk_format": "raw"}, lin.token(where))
    assert site.cloud.images.held[image]["disk_format"] == "raw"
    assert site.cloud.images.imported


def test_only_what_changed_is_sent(site: Any, lin: Any) -> None:
    image = site.cloud.images.add("x", tags=["a"])
    where, form = f"/images/{image}", {"do": "save", "name": "y", "min_disk": "5", "tags": "b, c", "protected": "on"}
    lin.post(where, {**form, "visibility": "private", "min_ram": "0", "os_admin_user": ""}, lin.token(where))
    [(media, patch)] = site.cloud.images.patches
    assert media == "application/openstack-images-v2.1-json-patch"
    assert {change["path"]: (change["op"], change.get("value")) for change in patch} == {
        "/name": ("replace", "y"), "/min_disk": ("replace", 5), "/tags": ("replace", ["b", "c"]),
        "/protected": ("replace", True), "/os_admin_user": ("remove", None),
    }  # fmt: skip


def test_a_number_that_is_none_is_said(site: Any, lin: Any) -> None:
    where = f"/images/{site.cloud.images.add('x')}"
    answer = lin.post(where, {"do": "save", "name": "kept", "min_disk": "much"}, lin.token(where))
    assert answer.status == 422
    assert 'value="kept"' in answer.text
    assert not site.cloud.images.patches


def test_sharing_opens_a_private_image(site: Any, lin: Any) -> None:
    image = site.cloud.images.add("x")
    where = f"/images/{image}"
    lin.post(where, {"do": "share", "member": "c" * 32}, lin.token(where))
    assert site.cloud.images.held[image]["visibility"] == "shared"
    assert "not answered yet" in lin.get(where).text
    lin.post(where, {"do": "unshare:" + "c" * 32}, lin.token(where))
    assert site.cloud.images.members[image] == {}


def test_delete(site: Any, lin: Any) -> None:
    image = site.cloud.images.add("x")
    answer = lin.post(f"/images/{image}", {"do": "delete"}, lin.token(f"/images/{image}"))
    assert answer.headers["location"] == "/images"
    assert set(site.cloud.images.held) == {IMAGE}


def test_anothers_image_has_no_forms(lin: Any) -> None:
    text = lin.get(f"/images/{IMAGE}").text
    assert 'value="save"' not in text
    assert 'value="delete"' not in text
    assert f"/servers/new?image={IMAGE}" in text


def test_launch_chooses_the_image(site: Any, lin: Any) -> None:
    image = site.cloud.images.add("zzz")
    assert f'value="{image}" checked' in lin.get(f"/servers/new?image={image}").text
    assert f'value="{IMAGE}" checked' in lin.get("/servers/new?image=gone").text


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"QFI\xfb", "qcow2"), (b"KDMV", "vmdk"), (b"vhdxfile", "vhdx"), (b"conectix", "vhd"), (b"anything", "raw"),
        (b"\0" * 64 + b"\x7f\x10\xda\xbe", "vdi"), (b"\0" * 32769 + b"CD001", "iso"), (b"\xfd7zXZ\0", ""),
        (b"\0" * 257 + b"ustar", ""), (b"PK\3\4", ""),
    ],
)  # fmt: skip
def test_what_a_file_is(head: bytes, found: str) -> None:
    assert sniff(head) == found


def test_patch_and_failure() -> None:
    assert changes({"name": "a"}, {"name": "a", "x": None, "y": "1"}) == [{"op": "add", "path": "/y", "value": "1"}]
    late = {"updated_at": "2", "status": "success", "message": ""}
    assert failure([late, {"updated_at": "1", "status": "failure", "message": "x"}]) == ""
    assert failure([]) == ""


def test_a_page_that_follows_leaves_the_log_and_what_is_to_be_said_alone(site: Any, lin: Any) -> None:
    where = f"/images/{site.cloud.images.add('x', status='importing')}"
    lin.post(where, {"do": "save", "name": "x", "visibility": "private"}, lin.token(where))
    before = lin.get("/api?follow=1").text.count("/image/v2/images/")
    assert "Saved." not in lin.get(f"{where}?follow=1").text
    assert lin.get("/api?follow=1").text.count("/image/v2/images/") == before
    text = lin.get(where).text
    assert "Saved." in text
