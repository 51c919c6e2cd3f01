"""What servers stand on stays for as long as one of them does, whatever becomes of the image."""

from typing import Any

from stacklab.http.context import Context
from stacklab.images import images, model
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
