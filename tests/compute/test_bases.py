"""What servers stand on stays for as long as one of them does, whatever becomes of the image."""

import shutil
from pathlib import Path
from typing import Any

from stacklab.core.db.database import change, transaction
from stacklab.http.context import Context
from stacklab.images import images, model
from stacklab.images.store import Store
from tests.support.api import PERSONAS


def blob(cloud: Any) -> str:
    image = model.get(cloud.image)
    assert image is not None
    return str(image.blob)


def kept(cloud: Any, name: str) -> tuple[bool, bool]:
    """Whether the store has the content, and whether the disks have a base made of it."""
    return cloud.images.stores.local.path(name).exists(), cloud.disks._base(name, "raw").exists()


def remove_image(cloud: Any) -> None:
    images.delete(Context(PERSONAS["admin"]), cloud.image, cloud.images.stores, cloud.bus)


def test_the_last_server_frees_what_it_stood_on(cloud: Any) -> None:
    name, first, second = blob(cloud), cloud.built(), cloud.built()
    remove_image(cloud)
    assert kept(cloud, name) == (True, True)
    cloud.delete(f"/servers/{first}")
    cloud.settle()
    assert kept(cloud, name) == (True, True)
    cloud.delete(f"/servers/{second}")
    cloud.settle()
    assert kept(cloud, name) == (False, False)


def test_a_server_that_waits_is_built_though_its_image_goes(cloud: Any) -> None:
    server = cloud.order().json["server"]["id"]
    remove_image(cloud)
    cloud.images.sweep()
    cloud.settle()
    assert cloud.show(server)["status"] == "ACTIVE"


def test_an_image_outlives_its_servers(cloud: Any) -> None:
    name, server = blob(cloud), cloud.built()
    cloud.delete(f"/servers/{server}")
    cloud.settle()
    assert kept(cloud, name)[0]
    remove_image(cloud)
    assert kept(cloud, name) == (False, False)


def test_the_same_content_again_is_not_stored_beside_its_base(cloud: Any) -> None:
    cloud.built()
    stored = cloud.images.stores.local.path(blob(cloud))
    again = cloud.images.stores.local.staged("copy")
    again.write_bytes(stored.read_bytes())
    cloud.images.stores.local.place(again, stored.name)
    assert stored.samefile(cloud.disks._base(stored.name, "raw"))


def test_a_server_is_built_from_the_copy_there_is_by_then(cloud: Any, tmp_path: Path) -> None:
    """The image left our own store after the server was ordered, before it was built."""
    name, stores = blob(cloud), cloud.images.stores
    further = Store(tmp_path / "further")
    stores.files["further"] = further
    shutil.copyfile(stores.local.path(name), further.path(name))
    server = cloud.order().json["server"]["id"]
    with transaction():
        change("UPDATE images SET stores = 'further' WHERE id = ?", (cloud.image,))
    stores.drop(name, ["local"])
    assert not stores.local.has(name)
    cloud.settle()
    assert cloud.show(server)["status"] == "ACTIVE"
    remove_image(cloud)
    assert further.has(name)
    cloud.delete(f"/servers/{server}")
    cloud.settle()
    assert kept(cloud, name) == (False, False)
    assert not further.has(name)
