"""One server from POST to ACTIVE to gone, on the simulated machine."""

from typing import Any

from stacklab.host.hypervisor.spec import Power


def test_a_server_is_built_and_deleted_and_leaves_nothing(cloud: Any) -> None:
    answer = cloud.order(name="web", metadata={"a": "b"})
    assert answer.status == 202, answer.raw
    server = answer.json["server"]["id"]
    assert answer.headers["location"].endswith(f"/compute/v2.1/servers/{server}")
    assert cloud.show(server)["status"] == "BUILD"

    cloud.settle()
    shown = cloud.show(server)
    assert (shown["status"], shown["OS-EXT-STS:power_state"], shown["metadata"]) == ("ACTIVE", 1, {"a": "b"})
    assert list(shown["addresses"]) == ["lab"]
    assert cloud.hypervisor.fact(server).power is Power.RUNNING
    assert cloud.taken() == 1

    assert cloud.delete(f"/servers/{server}").status == 204
    assert cloud.show(server)["OS-EXT-STS:task_state"] == "deleting"
    cloud.settle()
    assert cloud.get(f"/servers/{server}").status == 404
    assert cloud.hypervisor.facts() == {}
    assert cloud.disks.known() == set()
    assert cloud.taken() == 0
    assert cloud.networks.ports_of([server]).get(server, []) == []


def test_a_server_stops_starts_and_reboots(cloud: Any) -> None:
    server = cloud.built()
    for action, value, status in (
        ("os-stop", None, "SHUTOFF"),
        ("os-start", None, "ACTIVE"),
        ("reboot", {"type": "SOFT"}, "ACTIVE"),
        ("pause", None, "PAUSED"),
        ("unpause", None, "ACTIVE"),
        ("reboot", {"type": "HARD"}, "ACTIVE"),
    ):
        assert cloud.action(server, action, value).status == 202
        assert cloud.show(server)["OS-EXT-STS:task_state"] is not None
        cloud.settle()
        assert cloud.show(server)["status"] == status
