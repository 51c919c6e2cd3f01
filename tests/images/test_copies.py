"""Imports into several stores, and copies of what is there: who may, what comes of it, what is left when one fails."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from stacklab.core.errors import NoSpace
from stacklab.core.jobs import pending, queue
from stacklab.images import room
from tests.support.api import OTHER, PROJECT
from tests.support.images import ImageLab, several

BYTES = {"content-type": "application/octet-stream"}
COPY = {"method": {"name": "copy-image"}}
DIRECT = {"method": {"name": "glance-direct"}}
ALL = {"all_stores": True}
NONE = "00000000-0000-4000-8000-000000000000"
ANY = {"all_stores_must_succeed": False}
ONGOING, FAILED, TASK = "os_glance_importing_to_stores", "os_glance_failed_import", "os_glance_import_task"


@pytest.fixture
def lab(lab: ImageLab) -> ImageLab:
    return several(lab)


def begin(lab: ImageLab, image_id: str, body: dict[str, Any], persona: str = "admin", **headers: str) -> int:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lab.api.post(f"/image/v2/images/{image_id}/import", persona, body, headers=told).status


def staged(lab: ImageLab, **attributes: Any) -> str:
    image_id = str(lab.make(**attributes)["id"])
    assert lab.api.put(f"/image/v2/images/{image_id}/stage", "member", b"bytes", headers=BYTES).status == 204
    return image_id


def imported(lab: ImageLab, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    """The image, whatever came of its import."""
    image_id = staged(lab)
    assert begin(lab, image_id, DIRECT | body, "member", **headers) == 202
    lab.work()
    return lab.show(image_id)


def copied(lab: ImageLab, body: dict[str, Any]) -> dict[str, Any]:
    image_id = lab.active()["id"]
    assert begin(lab, image_id, COPY | body) == 202
    lab.work()
    return lab.show(image_id)


def task(lab: ImageLab, image_id: str) -> dict[str, Any]:
    found: dict[str, Any] = lab.api.get(f"/image/v2/images/{image_id}/tasks", "admin").json["tasks"][0]
    return found


def broken(lab: ImageLab, *names: str) -> None:
    """These stores can take nothing: where their files arrive is gone."""
    for store in lab.settings.images.stores:
        if store.name in names:
            shutil.rmtree(Path(store.path) / "incoming")


def marks(image: dict[str, Any]) -> tuple[Any, ...]:
    return image.get(ONGOING), image.get(FAILED), TASK in image


@pytest.mark.parametrize(
    ("body", "headers", "stores"),
    [
        ({}, {}, "local"),
        ({"stores": ["archive"]}, {}, "archive"),
        ({"stores": ["archive", "backup", "archive"]}, {}, "backup,archive"),
        (ALL, {}, "backup,local,archive"),
        ({}, {"x_image_meta_store": "backup"}, "backup"),
    ],
)
def test_imported_into_stores(lab: ImageLab, body: dict[str, Any], headers: dict[str, str], stores: str) -> None:
    image = imported(lab, body, **headers)
    assert (image["status"], image["stores"]) == ("active", stores)
    assert marks(image) == ("", "", False)
    assert set(lab.held()) == set(stores.split(","))
    assert {blob for blobs in lab.held().values() for blob in blobs} == {image["os_hash_value"]}
    assert lab.files() == [image["os_hash_value"]] * stores.count("local")
    assert task(lab, image["id"])["status"] == "success"


def test_what_it_goes_into_is_told_while_it_goes(lab: ImageLab) -> None:
    image_id = staged(lab)
    assert begin(lab, image_id, DIRECT | ALL, "member") == 202
    assert marks(lab.show(image_id)) == ("local,archive,backup", None, True)
    assert task(lab, image_id)["input"]["backend"] == ["local", "archive", "backup"]


REFUSED = [
    (ALL | {"stores": ["local"]}, {}, 400),
    (ALL, {"x_image_meta_store": "local"}, 400),
    ({"stores": ["local"]}, {"x_image_meta_store": "local"}, 400),
    ({"stores": "local"}, {}, 400),
    ({"all_stores": "yes"}, {}, 400),
    ({"all_stores_must_succeed": 1}, {}, 400),
    ({"stores": ["nowhere"]}, {}, 409),
    ({"stores": [["local"]]}, {}, 409),
    ({}, {"x_image_meta_store": "nowhere"}, 409),
    ({"stores": ["web"]}, {}, 409),
]


@pytest.mark.parametrize(("body", "headers", "status"), REFUSED)
def test_wishes_that_cannot_be(lab: ImageLab, body: dict[str, Any], headers: dict[str, str], status: int) -> None:
    assert begin(lab, staged(lab), DIRECT | body, "member", **headers) == status
    assert begin(lab, lab.active()["id"], COPY | body, "admin", **headers) == status
    flags = any(not isinstance(body.get(name, False), bool) for name in ("all_stores", "all_stores_must_succeed"))
    assert begin(lab, NONE, COPY | body, **headers) == (400 if flags else 404)
    assert pending() == 0


@pytest.mark.parametrize("must", [{}, {"all_stores_must_succeed": True}])
def test_one_store_fails_and_all_must_succeed(lab: ImageLab, must: dict[str, Any]) -> None:
    broken(lab, "archive")
    image = imported(lab, ALL | must)
    assert (image["status"], image["size"]) == ("queued", None)
    assert marks(image) == ("", "archive", False)
    assert "stores" not in image
    assert lab.held() == {}
    assert lab.files() == []
    told = task(lab, image["id"])
    assert (told["status"], "archive" in told["message"]) == ("failure", True)
    assert str(lab.folder.parent) not in told["message"]


def test_one_store_fails_and_the_others_will_do(lab: ImageLab) -> None:
    broken(lab, "archive")
    image = imported(lab, ALL | ANY)
    assert (image["status"], image["stores"]) == ("active", "backup,local")
    assert marks(image) == ("", "archive", False)
    assert set(lab.held()) == {"local", "backup"}
    assert task(lab, image["id"])["status"] == "success"


def test_none_of_the_stores_will_do(lab: ImageLab) -> None:
    broken(lab, "archive", "backup")
    image = imported(lab, {"stores": ["archive", "backup"], **ANY})
    assert (image["status"], image[FAILED]) == ("queued", "archive,backup")
    assert lab.held() == {}
    assert task(lab, image["id"])["status"] == "failure"


def test_every_copy_of_an_import_counts(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_GIB", 1)  # ten bytes, and three times five are wanted
    image = imported(lab, ALL)
    assert (image["status"], image[FAILED]) == ("queued", "local,archive,backup")
    assert lab.held() == {}
    assert "exceed" in task(lab, image["id"])["message"]


# --- copy-image


@pytest.mark.parametrize(
    ("visibility", "statuses"),
    [
        ("private", (401, 404, 403, 404, 403, 202)),
        ("public", (401, 403, 403, 403, 403, 202)),
        ("community", (401, 403, 403, 403, 403, 202)),
        ("shared", (401, 404, 403, 403, 403, 202)),
    ],
)
def test_who_may_copy(lab: ImageLab, visibility: str, statuses: tuple[int, ...]) -> None:
    """Of `member`'s image (a public one is the administrator's), shared with `other`: nobody but the administrator."""
    image_id = lab.active(persona="admin" if visibility == "public" else "member", visibility=visibility)["id"]
    if visibility == "shared":
        assert lab.api.post(f"/image/v2/images/{image_id}/members", "member", {"member": OTHER}).status == 200
    path = f"/image/v2/images/{image_id}/import"
    body = COPY | {"stores": ["archive"]}
    personas = (None, "unscoped", "reader", "other", "member", "admin")
    assert tuple(lab.api.post(path, who, body).status for who in personas) == statuses


@pytest.mark.parametrize(
    ("body", "stores"),
    [
        ({"stores": ["archive"]}, "local,archive"),
        ({"stores": ["archive", "backup"]}, "backup,local,archive"),
        (ALL, "backup,local,archive"),
        (ALL | ANY, "backup,local,archive"),
    ],
)
def test_copied_into_stores(lab: ImageLab, body: dict[str, Any], stores: str) -> None:
    image = copied(lab, body)
    assert (image["status"], image["stores"], image["size"]) == ("active", stores, 5)
    assert marks(image) == ("", "", False)
    assert set(lab.held()) == set(stores.split(","))
    told = task(lab, image["id"])
    assert (told["status"], told["type"]) == ("success", "api_image_import")
    assert told["input"]["backend"] == [name for name in ("archive", "backup") if name in stores]


def test_an_image_can_be_used_while_it_is_copied(lab: ImageLab) -> None:
    image = lab.active()
    assert begin(lab, image["id"], COPY | ALL) == 202
    shown = lab.show(image["id"])
    assert (shown["status"], marks(shown)) == ("active", ("archive,backup", "", True))
    assert lab.api.get(f"/image{image['file']}", "member").raw == b"bytes"
    assert begin(lab, image["id"], COPY | ALL) == 409  # busy
    assert lab.patch(image["id"], {"op": "add", "path": "/colour", "value": "red"}).status == 200
    lab.work()
    assert (lab.show(image["id"])["stores"], lab.show(image["id"])["colour"]) == ("backup,local,archive", "red")


def test_what_cannot_be_copied(lab: ImageLab) -> None:
    image_id = copied(lab, {"stores": ["archive"]})["id"]
    assert begin(lab, image_id, COPY | {"stores": ["archive"]}) == 400
    assert begin(lab, image_id, COPY | {"stores": ["backup", "archive"]}) == 400
    assert begin(lab, image_id, COPY) == 400  # into the default store
    assert begin(lab, lab.make()["id"], COPY | ALL) == 409
    assert begin(lab, staged(lab), COPY | ALL) == 409
    assert pending() == 0


def test_nothing_to_copy(lab: ImageLab) -> None:
    image_id = copied(lab, ALL)["id"]
    assert begin(lab, image_id, COPY | ALL) == 202
    assert pending() == 0
    assert len(lab.api.get(f"/image/v2/images/{image_id}/tasks", "admin").json["tasks"]) == 1


def test_a_copy_fails_and_all_must_succeed(lab: ImageLab) -> None:
    broken(lab, "backup")
    image = copied(lab, ALL)  # archive first, then backup
    assert (image["status"], image["stores"]) == ("active", "local")
    assert marks(image) == ("", "backup", False)
    assert list(lab.held()) == ["local"]
    assert task(lab, image["id"])["status"] == "failure"
    lab.restart()  # whose stores have where to arrive again
    assert begin(lab, image["id"], COPY | ALL) == 202
    lab.work()
    assert marks(lab.show(image["id"])) == ("", "", False)
    assert lab.show(image["id"])["stores"] == "backup,local,archive"


def test_a_copy_fails_and_the_others_will_do(lab: ImageLab) -> None:
    broken(lab, "archive")
    image = copied(lab, ALL | ANY)
    assert image["stores"] == "backup,local"
    assert marks(image) == ("", "archive", False)
    assert task(lab, image["id"])["status"] == "success"


def test_bytes_that_rot_are_not_copied(lab: ImageLab) -> None:
    image = lab.active()
    lab.service.stores.local.path(image["os_hash_value"]).write_bytes(b"bytez")
    assert begin(lab, image["id"], COPY | {"stores": ["archive"]}) == 202
    lab.work()
    assert lab.show(image["id"])["stores"] == "local"
    assert "archive" not in lab.held()
    assert "not what they were" in task(lab, image["id"])["message"]


def test_a_copy_that_another_image_has_is_not_taken_back(lab: ImageLab) -> None:
    other = copied(lab, {"stores": ["archive"]})
    broken(lab, "backup")
    image_id = lab.active()["id"]
    assert begin(lab, image_id, COPY | ALL) == 202
    lab.work()
    assert lab.show(image_id)["stores"] == "local"
    assert lab.held() == {"local": [other["os_hash_value"]], "archive": [other["os_hash_value"]]}


def test_the_last_copy_is_not_taken_back(lab: ImageLab) -> None:
    """The image left its first store while the job was between two others."""
    broken(lab, "backup")
    image_id = lab.active()["id"]
    assert begin(lab, image_id, COPY | ALL) == 202
    lab.service._copies._copy(image_id, "archive")
    assert lab.api.delete(f"/image/v2/stores/local/{image_id}", "admin").status == 204
    lab.work()
    shown = lab.show(image_id)
    assert (shown["stores"], marks(shown)) == ("archive", ("", "backup", False))
    assert list(lab.held()) == ["archive"]


def test_deleted_while_it_is_copied(lab: ImageLab) -> None:
    image_id = lab.active()["id"]
    assert begin(lab, image_id, COPY | ALL) == 202
    assert lab.api.delete(f"/image/v2/images/{image_id}", "member").status == 204
    lab.work()
    assert lab.held() == {}
    assert pending() == 0


def test_a_restart_goes_on_with_the_copies_that_are_missing(lab: ImageLab) -> None:
    image = lab.active()
    assert begin(lab, image["id"], COPY | ALL) == 202
    job = queue.take()
    assert job is not None
    lab.service._copies._copy(image["id"], "archive")  # and then the process dies
    assert lab.show(image["id"])[ONGOING] == "backup"
    (Path(lab.settings.images.stores[1].path) / "incoming" / "half").write_bytes(b"by")
    lab.restart()
    lab.service.sweep()
    assert queue.recover() == 1
    broken(lab, "archive")  # nothing more is written there
    lab.work()
    shown = lab.show(image["id"])
    assert (shown["stores"], marks(shown)) == ("backup,local,archive", ("", "", False))


def test_copies_wait_for_a_place_as_imports_do(lab: ImageLab) -> None:
    lab.settings.images.imports_at_once = 1
    lab.restart()
    image_id = lab.active()["id"]
    assert begin(lab, image_id, COPY | ALL) == 202
    with lab.service._copies._places.asked(PROJECT):
        lab.work()
        assert (lab.show(image_id)["stores"], pending()) == ("local", 1)
    assert lab.service._copies._places is lab.service._imports._places


def test_a_store_whose_disk_is_full_fails_alone(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise NoSpace("There is no space left.")

    monkeypatch.setattr(lab.service.stores.files["archive"], "_require", full)
    image = imported(lab, ALL | ANY)
    assert (image["status"], image["stores"]) == ("active", "backup,local")
    assert image["os_glance_failed_import"] == "archive"
