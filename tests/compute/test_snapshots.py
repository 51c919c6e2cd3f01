"""createImage: an image of a server's disk, made while the server goes on."""

from typing import Any

import pytest

from stacklab.compute.model import servers
from stacklab.core.db.database import transaction
from stacklab.host.disks.spec import DiskError
from stacklab.host.hypervisor.spec import Power
from stacklab.images import model


def _ask(cloud: Any, server: str, at: str = "2.96", **body: Any) -> Any:
    return cloud.action(server, "createImage", {"name": "saved", **body}, at=at)


def _image(image: str) -> Any:
    found = model.get(image)
    assert found is not None
    return found


def test_a_snapshot_is_a_private_image_of_the_servers_project(cloud: Any) -> None:
    server = cloud.built()
    answer = _ask(cloud, server, metadata={"purpose": "before the upgrade"})
    assert answer.status == 202, answer.raw
    image = answer.json["image_id"]
    assert _image(image).status == "queued"
    assert cloud.show(server)["OS-EXT-STS:task_state"] == "image_snapshot_pending"

    cloud.settle()
    made = _image(image)
    assert (made.name, made.status, made.visibility, made.container_format) == ("saved", "active", "private", "bare")
    assert made.owner == cloud.show(server)["tenant_id"]
    assert made.size == cloud.images.stores.local.path(str(made.blob)).stat().st_size
    wanted = {
        "instance_uuid": server,
        "base_image_ref": cloud.image,
        "image_type": "snapshot",
        "image_state": "available",
        "purpose": "before the upgrade",
    }
    assert wanted.items() <= made.properties.items()
    shown = cloud.show(server)
    assert (shown["status"], shown["OS-EXT-STS:task_state"]) == ("ACTIVE", None)
    assert cloud.hypervisor.fact(server).power is Power.RUNNING
    actions = cloud.get(f"/servers/{server}/os-instance-actions").json["instanceActions"]
    assert actions[0]["action"] == "createImage"


def test_before_2_45_the_address_of_the_image_is_in_the_header(cloud: Any) -> None:
    answer = _ask(cloud, cloud.built(), at="2.44")
    assert (answer.status, answer.raw) == (202, b"")
    address = answer.headers["location"]
    assert _image(address.rpartition("/")[2]).name == "saved"
    assert "/image/v2/images/" in address


def test_servers_start_from_a_snapshot_after_server_and_image_are_gone(cloud: Any) -> None:
    server = cloud.built()
    image = _ask(cloud, server).json["image_id"]
    cloud.settle()
    cloud.delete(f"/servers/{server}")
    cloud.settle()
    assert cloud.show(cloud.built(imageRef=image))["status"] == "ACTIVE"


@pytest.mark.parametrize(("action", "state"), [("os-stop", "SHUTOFF"), ("pause", "PAUSED")])
def test_a_server_that_stands_still_stays_so(cloud: Any, action: str, state: str) -> None:
    server = cloud.built()
    cloud.action(server, action)
    cloud.settle()
    power = cloud.hypervisor.fact(server).power
    image = _ask(cloud, server).json["image_id"]
    cloud.settle()
    assert _image(image).status == "active"
    assert (cloud.show(server)["status"], cloud.hypervisor.fact(server).power) == (state, power)


def test_a_guest_that_a_crash_left_paused_goes_on(cloud: Any) -> None:
    """As after a SIGKILL between pause and resume: the job begins anew."""
    server = cloud.built()
    image = _ask(cloud, server).json["image_id"]
    cloud.hypervisor.pause(server)
    cloud.settle()
    assert _image(image).status == "active"
    assert (cloud.show(server)["status"], cloud.hypervisor.fact(server).power) == ("ACTIVE", Power.RUNNING)


def test_a_guest_that_went_off_meanwhile_is_shown_off(cloud: Any) -> None:
    server = cloud.built()
    _ask(cloud, server)
    cloud.hypervisor.stop(server, 0)
    cloud.settle()
    assert cloud.show(server)["status"] == "SHUTOFF"


class TestRefusals:
    def test_a_busy_server(self, cloud: Any) -> None:
        server = cloud.built()
        assert _ask(cloud, server).status == 202
        answer = _ask(cloud, server)
        assert answer.status == 409
        assert "task_state image_snapshot_pending" in answer.json["conflictingRequest"]["message"]
        cloud.settle()

    def test_a_server_that_was_never_built(self, cloud: Any) -> None:
        server = cloud.order().json["server"]["id"]
        assert _ask(cloud, server).status == 409
        cloud.settle()

    @pytest.mark.parametrize(
        "body",
        [{"name": ""}, {"name": "  "}, {"name": "x" * 256}, {"metadata": {"k": 1}}, {"other": 1}, {"name": None}],
    )
    def test_bodies(self, cloud: Any, body: dict[str, Any]) -> None:
        server = cloud.built()
        answer = _ask(cloud, server, **body)
        assert answer.status == 400, answer.raw
        assert cloud.show(server)["OS-EXT-STS:task_state"] is None

    def test_another_projects_server_and_a_reader(self, cloud: Any) -> None:
        server = cloud.built()
        assert cloud.action(server, "createImage", {"name": "x"}, persona="other").status == 404
        assert cloud.action(server, "createImage", {"name": "x"}, persona="reader").status == 403

    def test_metadata_names_that_only_glance_sets(self, cloud: Any) -> None:
        server = cloud.built()
        assert _ask(cloud, server, metadata={"checksum": "x"}).status == 403
        assert cloud.show(server)["OS-EXT-STS:task_state"] is None

    def test_too_many_images(self, cloud: Any) -> None:
        server = cloud.built()
        cloud.images.settings.quota.images = 0
        assert _ask(cloud, server).status == 403
        assert cloud.show(server)["OS-EXT-STS:task_state"] is None


class TestFailures:
    def test_a_copy_that_fails_leaves_the_server_running_and_no_image(
        self, cloud: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = cloud.built()
        image = _ask(cloud, server).json["image_id"]

        def full(_id: str) -> None:
            raise DiskError("The machine's disk is full.")

        monkeypatch.setattr(cloud.disks, "copy_root", full)
        cloud.settle()
        shown = cloud.show(server)
        assert (shown["status"], shown["OS-EXT-STS:task_state"]) == ("ACTIVE", None)
        assert cloud.hypervisor.fact(server).power is Power.RUNNING
        assert model.get(image) is None
        assert "disk is full" in _fault(server)

    def test_past_the_projects_quota_of_bytes(self, cloud: Any) -> None:
        server = cloud.built()
        image = _ask(cloud, server).json["image_id"]
        cloud.images.settings.images.project_quota_gb = 0
        cloud.settle()
        assert model.get(image) is None
        assert "exceed the limit" in _fault(server)

    def test_the_image_was_deleted_meanwhile(self, cloud: Any) -> None:
        server = cloud.built()
        image = _ask(cloud, server).json["image_id"]
        _delete_image(image)
        cloud.settle()
        assert model.get(image) is None
        assert cloud.show(server)["OS-EXT-STS:task_state"] is None

    def test_the_server_was_deleted_meanwhile(self, cloud: Any) -> None:
        server = cloud.built()
        image = _ask(cloud, server).json["image_id"]
        cloud.delete(f"/servers/{server}")
        cloud.settle()
        assert cloud.get(f"/servers/{server}").status == 404
        assert model.get(image) is None
        assert cloud.disks.known() == set()


def _fault(server: str) -> str:
    found = servers.get(server)
    assert found is not None
    assert found.fault is not None
    return found.fault


def _delete_image(image: str) -> None:
    with transaction():
        model.delete(image)
