"""The machine and the rows, compared both ways; power that changes by itself; a node that was rebooted."""

import threading
from typing import Any

import pytest

from stacklab.core import facts
from stacklab.core.db.database import change, transaction
from stacklab.core.events import Event
from stacklab.core.jobs import queue
from stacklab.host.hypervisor.spec import DomainSpec, Power

STRANGER = "6f0c2e9a-3d0b-4e0c-9a7e-51a0c9e2b41d"


def heard(cloud: Any, status: str) -> threading.Event:
    """Set when somebody is told that a server has this status."""
    happened = threading.Event()
    cloud.bus.subscribe("server.changed", lambda event: happened.set() if event.facts["status"] == status else None)
    return happened


def test_a_guest_that_powers_itself_off_is_shown_as_off_and_stays_off(cloud: Any) -> None:
    server = cloud.built()
    off = heard(cloud, "SHUTOFF")
    cloud.hypervisor.power_off_from_inside(server)
    assert off.wait(5)
    assert cloud.show(server)["OS-EXT-STS:power_state"] == 4
    cloud.compute.audit()
    cloud.settle()
    assert cloud.hypervisor.fact(server).power is Power.OFF


def test_the_audit_removes_what_no_server_owns(cloud: Any, tmp_path: Any) -> None:
    kept = cloud.built()
    cloud.hypervisor.define(DomainSpec(STRANGER, 1, 128, (), (), tmp_path / "log"))
    (base,) = (tmp_path / "disks" / "bases").iterdir()
    cloud.disks.ensure_root(STRANGER, base, "raw", 1)
    cloud.placement.claim(STRANGER, "p", "u", {"VCPU": 1})
    cloud.compute.audit()
    assert set(cloud.hypervisor.facts()) == {kept}
    assert cloud.disks.known() == {kept}
    assert set(cloud.placement.allocations()) == {kept}


def test_the_audit_leaves_alone_what_is_being_built(cloud: Any) -> None:
    server = cloud.order().json["server"]["id"]
    cloud.compute.audit()
    assert cloud.taken() == 1
    cloud.settle()
    assert cloud.show(server)["status"] == "ACTIVE"


def test_the_audit_brings_back_a_guest_that_vanished(cloud: Any) -> None:
    server = cloud.built()
    cloud.hypervisor.remove(server)
    cloud.settle()
    with transaction():  # what the news of it made of the row does not matter here
        change("UPDATE servers SET desired = 'on', vm_state = 'active', power_state = 1")
    cloud.compute.audit()
    cloud.settle()
    assert cloud.hypervisor.fact(server).power is Power.RUNNING
    assert cloud.show(server)["status"] == "ACTIVE"


@pytest.mark.parametrize("rebooted", [True, False])
def test_after_a_reboot_of_the_node_guests_return_to_the_power_that_was_asked_for(cloud: Any, rebooted: bool) -> None:
    running, stopped = cloud.built(), cloud.built()
    cloud.action(stopped, "os-stop")
    cloud.settle()
    cloud.hypervisor.close()  # nobody hears of what happens now, as when the process is down
    cloud.hypervisor.stop(running, 0)
    if rebooted:
        facts.put("compute.boot_id", "another boot")
    cloud.compute.start()
    cloud.settle()
    cloud.compute.audit()
    cloud.settle()
    power = {server: cloud.hypervisor.fact(server).power for server in (running, stopped)}
    assert power == {running: Power.RUNNING if rebooted else Power.OFF, stopped: Power.OFF}
    assert cloud.show(running)["status"] == ("ACTIVE" if rebooted else "SHUTOFF")
    assert cloud.show(stopped)["status"] == "SHUTOFF"


def test_a_deleted_project_takes_its_servers_with_it(cloud: Any) -> None:
    server, other = cloud.built(), cloud.built("other")
    for _ in range(2):  # news may come twice
        cloud.bus.emit(Event("project.deleted", "0123456789abcdef0123456789abcde0"))
        cloud.settle()
    assert cloud.get(f"/servers/{server}", "admin").status == 404
    assert cloud.get(f"/servers/{other}", "admin").status == 200
    assert (set(cloud.hypervisor.facts()), queue.pending()) == ({other}, 0)


def test_a_deleted_user_takes_the_key_pairs_along(cloud: Any) -> None:
    cloud.post("/os-keypairs", {"keypair": {"name": "k"}}, at="2.91")
    cloud.bus.emit(Event("user.deleted", "user-member"))
    assert cloud.get("/os-keypairs").json["keypairs"] == []


def test_bootstrap_twice_changes_nothing(cloud: Any) -> None:
    before = cloud.get("/flavors/detail").json
    cloud.delete("/flavors/1", "admin")
    cloud.compute.ensure_bootstrap()
    after = [flavor["id"] for flavor in cloud.get("/flavors").json["flavors"]]
    assert after == [flavor["id"] for flavor in before["flavors"] if flavor["id"] != "1"]
