"""Several stores: what goes where, what is shown of it, what is left of it."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stacklab.core.db.database import change, row, transaction
from stacklab.core.events import Event
from stacklab.core.settings import FileStore, SettingsError
from stacklab.core.settings import Images as Settings
from stacklab.images import model, room
from tests.support.api import PROJECT
from tests.support.images import ImageLab, several

BYTES = {"content-type": "application/octet-stream"}
NONE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def lab(lab: ImageLab) -> ImageLab:
    return several(lab)


def upload(lab: ImageLab, store: str, content: bytes = b"bytes", **attributes: Any) -> dict[str, Any]:
    """An active image of `member`'s in this store."""
    image_id = lab.make(**attributes)["id"]
    assert put(lab, image_id, store, content) == 204
    return lab.show(image_id)


def put(lab: ImageLab, image_id: str, store: str, content: bytes = b"bytes") -> int:
    headers = {**BYTES, "x-image-meta-store": store}
    return lab.api.put(f"/image/v2/images/{image_id}/file", "member", content, headers=headers).status


def leave(lab: ImageLab, store: str, image_id: str, persona: str = "admin") -> int:
    return lab.api.delete(f"/image/v2/stores/{store}/{image_id}", persona).status


def both(lab: ImageLab, content: bytes = b"bytes") -> dict[str, Any]:
    """An image in the stores `local` and `archive`, as an import into both leaves it."""
    image = upload(lab, "local", content)
    body = {"method": {"name": "copy-image"}, "stores": ["archive"]}
    assert lab.api.post(f"/image/v2/images/{image['id']}/import", "admin", body).status == 202
    lab.work()
    return lab.show(image["id"])


def test_the_stores_are_told(lab: ImageLab) -> None:
    told = lab.api.get("/image/v2/info/stores", "member").json["stores"]
    assert [(one["id"], one.get("default"), one.get("read-only")) for one in told] == [
        ("local", "true", None),
        ("archive", None, None),
        ("backup", None, None),
        ("web", None, "true"),
    ]
    assert told[1]["description"] == "A second disk"
    assert "description" not in told[2]
    detail = lab.api.get("/image/v2/info/stores/detail", "admin")
    assert [(one["type"], one["weight"]) for one in detail.json["stores"]] == [
        ("file", 0),
        ("file", -1),
        ("file", 5),
        ("http", 0),
    ]
    assert str(lab.folder.parent).encode() not in detail.raw
    made = lab.api.post("/image/v2/images", "member", {"name": "x"})
    assert made.headers["openstack-image-store-ids"] == "local,archive,backup,web"
    assert made.headers["openstack-image-import-methods"].split(",")[-1] == "copy-image"
    assert "copy-image" in lab.api.get("/image/v2/info/import", "member").json["import-methods"]["value"]
    assert "stores" not in made.json


def test_an_upload_goes_where_it_is_told_to(lab: ImageLab) -> None:
    image = upload(lab, "archive")
    assert image["stores"] == "archive"
    assert lab.held() == {"archive": [image["os_hash_value"]]}
    assert lab.api.get(f"/image{image['file']}", "member").raw == b"bytes"
    assert lab.active(b"others")["stores"] == "local"


@pytest.mark.parametrize(("store", "status"), [("nowhere", 400), ("web", 410), ("a,b", 400)])
def test_an_upload_to_no_such_store(lab: ImageLab, store: str, status: int) -> None:
    image_id = lab.make()["id"]
    assert put(lab, image_id, store) == status
    assert lab.show(image_id)["status"] == "queued"
    assert put(lab, NONE, store) == status  # as in Glance, whether or not there is the image


def test_the_default_store_is_the_operators_choice(lab: ImageLab) -> None:
    lab.settings.images.default_store = "backup"
    lab.restart()
    told = lab.api.get("/image/v2/info/stores", "member").json["stores"]
    assert [one["id"] for one in told if "default" in one] == ["backup"]
    assert lab.active()["stores"] == "backup"
    assert list(lab.held()) == ["backup"]


def test_a_list_tells_the_stores_in_the_order_of_their_weight(lab: ImageLab) -> None:
    image = both(lab)
    assert image["stores"] == "local,archive"
    body = {"method": {"name": "copy-image"}, "all_stores": True}
    assert lab.api.post(f"/image/v2/images/{image['id']}/import", "admin", body).status == 202
    lab.work()
    (listed,) = lab.api.get("/image/v2/images", "member").json["images"]
    assert listed["stores"] == "backup,local,archive"
    lab.settings.images.show_locations = True
    locations = lab.show(image["id"])["locations"]
    assert [one["metadata"]["store"] for one in locations] == ["backup", "local", "archive"]
    assert len({one["url"] for one in locations}) == 3


def test_what_is_read_is_the_heaviest_copy_that_is_there(lab: ImageLab) -> None:
    image = both(lab)
    lab.service.stores.local.remove(image["os_hash_value"])  # a disk that was lost
    assert lab.api.get(f"/image{image['file']}", "member").raw == b"bytes"
    lab.service.stores.files["archive"].remove(image["os_hash_value"])
    assert lab.api.get(f"/image{image['file']}", "member").status == 404


def test_taken_out_of_one_store(lab: ImageLab) -> None:
    image = both(lab)
    assert leave(lab, "local", image["id"]) == 204
    assert lab.show(image["id"])["stores"] == "archive"
    assert lab.held() == {"archive": [image["os_hash_value"]]}
    assert lab.api.get(f"/image{image['file']}", "member").raw == b"bytes"
    assert leave(lab, "archive", image["id"]) == 403  # the last one
    assert leave(lab, "local", image["id"]) == 403
    assert lab.held() == {"archive": [image["os_hash_value"]]}


def test_what_cannot_be_taken_out(lab: ImageLab) -> None:
    image_id = both(lab)["id"]
    assert leave(lab, "nowhere", image_id) == 409
    assert leave(lab, "backup", image_id) == 404
    assert leave(lab, "local", NONE) == 404
    assert [leave(lab, "local", image_id, who) for who in ("member", "reader", "other")] == [403, 403, 404]
    assert leave(lab, "local", lab.make()["id"]) == 409
    assert lab.api.post(f"/image/v2/images/{image_id}/actions/deactivate", "member").status == 204
    assert leave(lab, "local", image_id) == 409
    assert len(lab.held()) == 2


def test_a_copy_goes_with_the_last_image_that_has_it_there(lab: ImageLab) -> None:
    first, second = both(lab, b"same"), both(lab, b"same")
    blob = first["os_hash_value"]
    assert leave(lab, "archive", first["id"]) == 204
    assert lab.held() == {"local": [blob], "archive": [blob]}
    assert lab.api.delete(f"/image/v2/images/{second['id']}", "member").status == 204
    assert lab.held() == {"local": [blob]}
    assert lab.api.delete(f"/image/v2/images/{first['id']}", "member").status == 204
    assert lab.held() == {}


def test_a_server_keeps_one_copy(lab: ImageLab) -> None:
    image = both(lab)
    blob = image["os_hash_value"]
    with transaction():
        lab.service.hold([(blob, "server")])
    assert lab.api.delete(f"/image/v2/images/{image['id']}", "member").status == 204
    lab.service.sweep()
    assert lab.held() == {"local": [blob]}
    assert lab.service.content(blob).read_bytes() == b"bytes"
    with transaction():
        lab.service.release("server")
    assert lab.held() == {}


def test_a_server_keeps_the_copy_there_is(lab: ImageLab) -> None:
    image = upload(lab, "archive")
    blob = image["os_hash_value"]
    with transaction():
        lab.service.hold([(blob, "server")])
    assert lab.api.delete(f"/image/v2/images/{image['id']}", "member").status == 204
    lab.service.sweep()
    assert lab.held() == {"archive": [blob]}
    assert lab.service.content(blob).read_bytes() == b"bytes"


def test_a_project_that_goes_frees_every_store(lab: ImageLab) -> None:
    both(lab)
    with transaction():
        lab.bus.emit(Event("project.deleted", PROJECT, PROJECT, {}))
    assert lab.held() == {}


def test_the_sweep_leaves_what_rows_name(lab: ImageLab) -> None:
    image = upload(lab, "archive")
    blob = image["os_hash_value"]
    archive, backup = (Path(store.path) for store in lab.settings.images.stores)
    (archive / "blobs" / "stray").write_bytes(b"x")
    (archive / "incoming" / "half").write_bytes(b"x")
    (backup / "blobs" / blob).write_bytes(b"bytes")  # placed, and the process died before its commit
    lab.service.sweep()
    assert lab.held() == {"archive": [blob]}
    assert not list((archive / "incoming").iterdir())


def test_a_folder_of_another_node_is_left_alone(lab: ImageLab) -> None:
    archive = Path(lab.settings.images.stores[0].path)
    image = upload(lab, "archive")
    (archive / "stacklab-store").write_text("another's")
    (archive / "blobs" / "another's").write_bytes(b"x")
    with pytest.raises(SettingsError, match="another node"):
        lab.restart()
    assert lab.held() == {"archive": sorted(["another's", image["os_hash_value"]])}


def test_a_disk_that_is_not_mounted_is_said(lab: ImageLab) -> None:
    upload(lab, "archive")
    (Path(lab.settings.images.stores[0].path) / "stacklab-store").unlink()
    with pytest.raises(SettingsError, match="mounted"):
        lab.restart()


def test_two_names_of_one_folder(lab: ImageLab, tmp_path: Path) -> None:
    """Found by its mark: the settings cannot tell, where one path is a link to the other."""
    (tmp_path / "link").symlink_to(lab.settings.images.stores[0].path)
    lab.settings.images.stores.append(FileStore(name="link", path=str(tmp_path / "link")))
    with pytest.raises(SettingsError, match="of another name"):
        lab.restart()


def test_a_folder_that_cannot_be_is_said(lab: ImageLab, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lab.settings.images.stores.append(FileStore(name="below", path=str(tmp_path / "file" / "below")))
    with pytest.raises(SettingsError, match="cannot be used"):
        lab.restart()


def test_a_store_that_is_no_longer_set_up(lab: ImageLab) -> None:
    gone, stays = upload(lab, "archive", b"one"), both(lab, b"two")
    lab.settings.images.stores.pop(0)
    lab.restart()
    assert "stores" not in lab.show(gone["id"])
    assert lab.api.get(f"/image{gone['file']}", "member").status == 404
    assert lab.show(stays["id"])["stores"] == "local"
    assert lab.api.get(f"/image{stays['file']}", "member").raw == b"two"
    assert leave(lab, "local", stays["id"]) == 403  # the only one that is here now
    assert lab.api.delete(f"/image/v2/images/{gone['id']}", "member").status == 204


def test_every_copy_counts(lab: ImageLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a quota of ten bytes, five in two stores are all."""
    monkeypatch.setattr(room, "_GIB", 1)
    both(lab)
    made = lab.make()["id"]
    assert put(lab, made, "local", b"x") == 413
    lab.settings.images.project_quota_gb = 12
    assert put(lab, made, "local", b"x") == 204
    body = {"method": {"name": "copy-image"}, "stores": ["archive", "backup"]}
    assert lab.api.post(f"/image/v2/images/{made}/import", "admin", body).status == 413
    monkeypatch.undo()
    with transaction():
        image = model.get(made)
        assert image is not None
        model.update(replace(image, size=3 << 20, stores="local,archive"))
    usage = lab.api.get("/image/v2/info/usage", "member").json["usage"]
    assert usage["image_size_total"]["usage"] == 6


def test_an_image_of_before_is_in_the_one_store_there_was(lab: ImageLab) -> None:
    script = Path("stacklab/images/migrations/0007_stores.sql").read_text()
    image = lab.active()
    with transaction():
        change("UPDATE images SET stores = '' WHERE id = ?", (image["id"],))
        statement = next(part for part in script.split(";") if "UPDATE images" in part)
        change(statement)
    assert lab.show(image["id"])["stores"] == "local"
    assert row("SELECT count(*) FROM images WHERE stores = 'local'") == (1,)


def test_settings_of_one_store_are_as_they_were() -> None:
    plain = Settings()
    assert (plain.stores, plain.default_store, plain.web_store) == ([], "local", "")
