"""Bytes up and down: hashes, ranges, limits, files that lie, uploads that break."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from stacklab.core.errors import BadRequest, Conflict, Gone, TooLarge
from stacklab.http.context import Context
from stacklab.images import access, data, images, model, room
from tests.support.api import PERSONAS
from tests.support.images import ImageLab

CTX = Context(PERSONAS["member"])


def upload(lab: ImageLab, image_id: str, stream: AsyncIterator[bytes], length: int = 0) -> None:
    service = lab.service
    asyncio.run(data.upload(service.settings, service.stores, service.disks, CTX, image_id, stream, length))


async def blocks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def test_what_goes_up_comes_down(lab: ImageLab) -> None:
    content = bytes(range(256)) * 12_289  # three blocks and a bit
    image = lab.make()
    upload(lab, image["id"], blocks(*(content[at : at + 70_000] for at in range(0, len(content), 70_000))))
    shown = lab.show(image["id"])
    assert (shown["status"], shown["size"], shown["virtual_size"]) == ("active", len(content), len(content))
    assert shown["checksum"] == hashlib.md5(content).hexdigest()
    assert (shown["os_hash_algo"], shown["os_hash_value"]) == ("sha512", hashlib.sha512(content).hexdigest())
    answer = lab.api.get(f"/image{shown['file']}", "member")
    assert (answer.status, answer.raw) == (200, content)
    assert answer.headers["content-md5"] == shown["checksum"]
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == str(len(content))


@pytest.mark.parametrize(
    ("asked", "status", "content", "said"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=5-500", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=5-2", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=-", 416, b"", "bytes */10"),
        ("bytes=a-b", 416, b"", "bytes */10"),
        ("bytes=" + "9" * 5000 + "-", 416, b"", "bytes */10"),
        ("lines=1-2", 416, b"", "bytes */10"),
    ],
)
def test_ranges(lab: ImageLab, asked: str, status: int, content: bytes, said: str) -> None:
    image = lab.active(b"0123456789")
    headers = {"range": asked, "accept": "application/json"}
    answer = lab.api.get(f"/image{image['file']}", "member", headers=headers)
    assert (answer.status, answer.headers["content-range"]) == (status, said)
    assert status == 416 or answer.raw == content
    assert status == 206 or answer.json["code"] == "416 Requested Range Not Satisfiable"


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes 2-4/*", 206, b"234"),
        ("bytes 0-9/10", 206, b"0123456789"),
        ("bytes 0-3/2", 416, b""),
        ("bytes 5-10/*", 416, b""),
        ("bytes 5-2/*", 416, b""),
        ("bytes */10", 416, b""),
        ("lines 1-2/10", 416, b""),
    ],
)
def test_ranges_in_the_words_of_an_older_client(lab: ImageLab, asked: str, status: int, content: bytes) -> None:
    answer = lab.api.get(f"/image{lab.active(b'0123456789')['file']}", "member", headers={"content-range": asked})
    assert answer.status == status
    assert status == 416 or answer.raw == content


def test_an_image_of_no_bytes_comes_down_whole(lab: ImageLab) -> None:
    answer = lab.api.get(f"/image{lab.active(b'')['file']}", "member")
    assert (answer.status, answer.raw, answer.headers["content-length"]) == (200, b"", "0")
    assert answer.headers["content-md5"] == hashlib.md5(b"").hexdigest()


@pytest.mark.parametrize("where", ["file", "stage"])
@pytest.mark.parametrize(("said", "status"), [("5", 204), ("4", 400), ("9", 400), ("x", 400), ("-5", 400)])
def test_the_size_an_sdk_announces_is_kept_to(lab: ImageLab, where: str, said: str, status: int) -> None:
    image = lab.make()
    headers = {"content-type": "application/octet-stream", "x-openstack-image-size": said}
    answer = lab.api.put(f"/image/v2/images/{image['id']}/{where}", "member", b"12345", headers=headers)
    assert answer.status == status, answer.raw
    if status == 400:
        refused(lab, image["id"])


def test_an_upload_that_is_not_all_that_was_announced_is_nothing(lab: ImageLab) -> None:
    for length in (4, 6):
        image = lab.make()
        with pytest.raises(BadRequest, match=f"expected {length} bytes, got 5 bytes"):
            upload(lab, image["id"], blocks(b"12", b"345"), length)
        refused(lab, image["id"])


def test_head_and_an_image_without_bytes(lab: ImageLab) -> None:
    image = lab.make()
    assert lab.api.get(f"/image{image['file']}", "member").status == 204
    lab.upload(image["id"], b"0123456789")
    head = lab.api.call("HEAD", f"/image{image['file']}", "member")
    assert (head.status, head.raw, head.headers["content-length"]) == (200, b"", "10")


@pytest.mark.parametrize(
    ("attributes", "kind", "status"),
    [
        ({}, "application/json", 415),
        ({}, "", 415),
        ({"disk_format": None}, "application/octet-stream", 400),
        ({"container_format": None}, "application/octet-stream", 400),
    ],
)
def test_uploads_refused_at_the_door(lab: ImageLab, attributes: dict[str, Any], kind: str, status: int) -> None:
    image = lab.make(**attributes)
    answer = lab.api.put(f"/image{image['file']}", "member", b"x", headers={"content-type": kind})
    assert answer.status == status
    assert lab.show(image["id"])["status"] == "queued"


def test_bytes_are_given_once(lab: ImageLab) -> None:
    image = lab.active(b"first")
    assert lab.upload(image["id"], b"second").status == 409
    assert lab.api.get(f"/image{image['file']}", "member").raw == b"first"


def refused(lab: ImageLab, image_id: str) -> None:
    """The image can be tried again and nothing of the attempt is kept."""
    assert lab.show(image_id)["status"] == "queued"
    assert lab.show(image_id)["size"] is None
    assert lab.files() == []


def test_files_that_lie(lab: ImageLab, qcow2: Callable[..., bytes]) -> None:
    lies = [
        ("qcow2", qcow2(backing="/etc/passwd")),
        ("qcow2", qcow2(backing="json:{}")),
        ("qcow2", qcow2(external_data=True)),
        ("qcow2", b"nothing of the kind"),
        ("raw", qcow2()),
        ("vmdk", qcow2()),
        ("ami", qcow2()),
        ("raw", b"KDMV" + bytes(2000)),
        ("iso", b"x" * 40_000),
    ]
    for declared, content in lies:
        image = lab.make(disk_format=declared)
        answer = lab.upload(image["id"], content)
        assert answer.status == 415, declared
        assert "refused" in answer.json["message"]
        refused(lab, image["id"])


def test_files_that_lie_where_nobody_minds(lab: ImageLab, qcow2: Callable[..., bytes]) -> None:
    """As in a Glance whose require_image_format_match is off: stored, and without a virtual size."""
    lab.settings.images.require_format_match = False
    for declared, content in (("qcow2", qcow2(backing="/etc/passwd")), ("raw", qcow2()), ("iso", b"x" * 70_000)):
        image = lab.active(content, disk_format=declared)
        assert (image["status"], image["size"], image["virtual_size"]) == ("active", len(content), None)
    assert lab.active(qcow2(size=5 << 30), disk_format="qcow2")["virtual_size"] == 5 << 30


def test_an_honest_qcow2_is_known_by_its_header(lab: ImageLab, qcow2: Callable[..., bytes]) -> None:
    image = lab.active(qcow2(size=5 << 30), disk_format="qcow2")
    assert (image["status"], image["virtual_size"], image["size"]) == ("active", 5 << 30, len(qcow2()))


def test_an_archive_is_stored_unopened(lab: ImageLab) -> None:
    image = lab.active(b"a tar file", disk_format="vmdk", container_format="ovf")
    assert (image["status"], image["virtual_size"]) == ("active", None)


def test_size_limits(lab: ImageLab) -> None:
    lab.settings.images.max_size_gb = 0
    image = lab.make()
    assert lab.upload(image["id"], b"x").status == 413
    with pytest.raises(Exception, match="1 will exceed the limit"):
        upload(lab, image["id"], blocks(b"x"))
    refused(lab, image["id"])


def test_the_quota_of_a_project(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_GIB", 10)  # a project may have ten "GiB" of one byte each
    lab.settings.images.project_quota_gb = 1
    first, second = lab.make(), lab.make()
    assert lab.upload(first["id"], b"123456").status == 204
    assert lab.upload(second["id"], b"12345").status == 413
    assert lab.upload(second["id"], b"1234").status == 204
    assert lab.upload(lab.make("other")["id"], b"1234567890", "other").status == 204


def test_uploads_side_by_side_do_not_pass_the_quota_together(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_GIB", 10)
    lab.settings.images.project_quota_gb = 1
    image, rival, small = lab.make(), lab.make(), lab.make()

    async def beside(other: str, content: bytes) -> None:
        await data.upload(lab.settings, lab.service.stores, lab.disks, CTX, other, blocks(content), 0)

    async def slow() -> AsyncIterator[bytes]:
        yield b"123456"
        with pytest.raises(TooLarge, match="12 will exceed the limit"):  # on the disk already, though in no row yet
            await beside(rival["id"], b"abcdef")
        await beside(small["id"], b"abc")
        yield b"78"

    with pytest.raises(TooLarge, match="8 will exceed the limit"):
        upload(lab, image["id"], slow())
    assert [lab.show(each["id"])["status"] for each in (image, rival, small)] == ["queued", "queued", "active"]
    assert not room._arriving


def test_a_client_that_leaves(lab: ImageLab) -> None:
    image = lab.make()

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 3_000_000
        assert access.visible(CTX, image["id"]).status == "saving"
        raise ConnectionError("the client went away")

    with pytest.raises(ConnectionError):
        upload(lab, image["id"], broken())
    refused(lab, image["id"])


def test_an_image_deleted_while_it_arrives(lab: ImageLab) -> None:
    image = lab.make()

    async def deleting() -> AsyncIterator[bytes]:
        yield b"x"
        images.delete(CTX, image["id"], lab.service.stores, lab.bus)

    with pytest.raises(Gone):
        upload(lab, image["id"], deleting())
    assert lab.files() == []


def test_a_full_disk_is_said_in_words(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_incoming: object, _block: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stacklab.images.store.Incoming.keep", full)
    image = lab.make()
    answer = lab.upload(image["id"], b"x")
    assert (answer.status, "full" in answer.json["message"]) == (413, True)
    refused(lab, image["id"])


def test_the_same_bytes_are_kept_once_and_go_with_the_last(lab: ImageLab) -> None:
    one, two = lab.active(b"same"), lab.active(b"same")
    assert lab.files() == [one["os_hash_value"]]
    assert lab.api.delete(f"/image/v2/images/{one['id']}", "member").status == 204
    assert lab.api.get(f"/image{two['file']}", "member").raw == b"same"
    assert lab.api.delete(f"/image/v2/images/{two['id']}", "member").status == 204
    assert lab.files() == []


def test_deactivated_images_are_not_given_out(lab: ImageLab) -> None:
    image = lab.active(b"bytes")
    action = f"/image/v2/images/{image['id']}/actions"
    for _ in range(2):
        assert lab.api.post(f"{action}/deactivate", "member").status == 204
    assert lab.show(image["id"])["status"] == "deactivated"
    assert lab.api.get(f"/image{image['file']}", "member").status == 403
    assert lab.api.get(f"/image{image['file']}", "admin").status == 200
    assert lab.api.post(f"{action}/reactivate", "member").status == 204
    assert lab.api.get(f"/image{image['file']}", "member").status == 200
    assert lab.api.post(f"/image/v2/images/{lab.make()['id']}/actions/deactivate", "member").status == 403


def test_bytes_that_were_not_looked_into_are_nobody_s(lab: ImageLab) -> None:
    """An archive is stored unopened. Its image is deleted on the way, and no disk can be made that has its id."""
    image = lab.make(container_format="compressed", disk_format="qcow2")

    async def changing() -> AsyncIterator[bytes]:
        yield b"QFI\xfb that nobody has looked at"
        images.delete(CTX, image["id"], lab.service.stores, lab.service.bus)
        with pytest.raises(Conflict):
            images.create(CTX, {"id": image["id"], "container_format": "bare", "disk_format": "qcow2"}, -1)

    with pytest.raises(Gone):
        upload(lab, image["id"], changing())
    assert model.get(image["id"]) is None
    assert lab.files() == []


@pytest.mark.parametrize(("gone", "status"), [(1, 200), (99, 404)])
def test_a_file_that_goes_once_its_row_was_read(
    lab: ImageLab, monkeypatch: pytest.MonkeyPatch, gone: int, status: int
) -> None:
    image, real, asked = lab.active(b"bytes"), lab.service.stores.path, []

    def path(blob: str, names: str) -> Path:
        asked.append(blob)
        return lab.folder / "gone" if len(asked) <= gone else real(blob, names)

    monkeypatch.setattr(lab.service.stores, "path", path)
    assert lab.api.get(f"/image/v2/images/{image['id']}/file", "member").status == status
