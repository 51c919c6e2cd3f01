"""What the other services ask of images, and what a start mends."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stacklab.core.db.database import change, transaction
from stacklab.core.errors import BadRequest, NotFound
from stacklab.host.disks.spec import UnsafeImage
from stacklab.http.context import Context
from tests.support.api import PERSONAS
from tests.support.images import ImageLab

MEMBER, OTHER = Context(PERSONAS["member"]), Context(PERSONAS["other"])


def test_an_image_to_boot_from(lab: ImageLab) -> None:
    image = lab.active(b"disk", visibility="private", min_disk=2, min_ram=64, hw_disk_bus="virtio")
    boot = lab.service.bootable(MEMBER, image["id"])
    assert lab.service.content(boot.checksum_name).read_bytes() == b"disk"
    assert (boot.name, boot.disk_format, boot.size, boot.virtual_size) == ("one", "raw", 4, 4)
    assert (boot.min_disk, boot.min_ram, boot.properties) == (2, 64, {"hw_disk_bus": "virtio"})
    assert boot.checksum_name == image["os_hash_value"]
    with pytest.raises(NotFound):
        lab.service.bootable(OTHER, image["id"])


def test_images_that_cannot_be_booted(lab: ImageLab) -> None:
    queued = lab.make()["id"]
    archive = lab.active(b"x", container_format="ovf")["id"]
    off = lab.active(b"x")["id"]
    lab.api.post(f"/image/v2/images/{off}/actions/deactivate", "member")
    for image_id in (queued, archive, off):
        with pytest.raises(BadRequest, match=image_id):
            lab.service.bootable(MEMBER, image_id)
    with pytest.raises(NotFound):
        lab.service.bootable(MEMBER, "nothing")


def test_names_of_many(lab: ImageLab) -> None:
    ids = [lab.make(name=f"n{number}")["id"] for number in range(3)]
    assert lab.service.names([*ids, ids[0], "gone"]) == {image_id: f"n{n}" for n, image_id in enumerate(ids)}
    assert lab.service.names([]) == {}


def test_the_first_image_is_made_once(lab: ImageLab, tmp_path: Path, qcow2: Callable[..., bytes]) -> None:
    file = tmp_path / "guest.qcow2"
    file.write_bytes(qcow2())
    image_id = lab.service.ensure_public("guest", file, "qcow2", {"os_admin_user": "lab"})
    assert lab.service.ensure_public("guest", file, "qcow2", {}) == image_id
    shown = lab.show(image_id, "other")
    assert (shown["visibility"], shown["owner"], shown["os_admin_user"]) == ("public", None, "lab")
    assert lab.service.bootable(OTHER, image_id).virtual_size == 1 << 30
    file.write_bytes(qcow2(size=2 << 30))
    rebuilt = lab.service.ensure_public("guest", file, "qcow2", {})
    assert [image["id"] for image in lab.api.get("/image/v2/images?name=guest", "member").json["images"]] == [rebuilt]
    assert lab.show(image_id, "other")["os_hidden"] is True
    file.write_bytes(qcow2(backing="/etc/passwd"))
    with pytest.raises(UnsafeImage):
        lab.service.ensure_public("guest", file, "qcow2", {})
    assert len(lab.files()) == 2


def test_a_start_mends_what_a_crash_left(lab: ImageLab) -> None:
    kept, cut = lab.active(b"kept"), lab.make()
    with transaction():
        change("UPDATE images SET status = 'saving' WHERE id = ?", (cut["id"],))
    blobs = lab.folder / "blobs"
    (lab.folder / "incoming" / "half").write_bytes(b"half")
    shutil.copy(blobs / kept["os_hash_value"], blobs / "nobody-names-this")
    again = lab.start()
    again.sweep()
    assert lab.files() == [kept["os_hash_value"]]
    assert lab.show(cut["id"])["status"] == "queued"
    assert lab.upload(cut["id"], b"second try").status == 204
    again.sweep()
    assert len(lab.files()) == 2


def test_deleting_tells_the_others(lab: ImageLab) -> None:
    image = lab.active(b"x")
    lab.api.delete(f"/image/v2/images/{image['id']}", "member")
    assert [(event.kind, event.subject, event.facts) for event in lab.events] == [
        ("image.deleted", image["id"], {"blob": image["os_hash_value"]})
    ]
