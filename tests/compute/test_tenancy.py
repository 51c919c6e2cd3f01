"""What a lease and a suspension may do to servers: measure them, stop them, delete them."""

from collections.abc import Iterator

import pytest

from stacklab.core import clock
from stacklab.core.errors import NotFound
from stacklab.core.events import Event
from tests.compute.conftest import Cloud
from tests.support.api import OTHER, PROJECT


@pytest.fixture
def later() -> Iterator[None]:
    """Ten seconds from now on."""
    moment = clock.now() + 10 * clock.SECOND
    clock.use(lambda: moment)
    yield
    clock.use(None)


def test_a_disabled_project_s_servers_stop(cloud: Cloud) -> None:
    on, other = cloud.built(), cloud.built("other")
    paused = cloud.built()
    cloud.action(paused, "pause")
    building = str(cloud.order().json["server"]["id"])
    cloud.bus.emit(Event("project.disabled", PROJECT, PROJECT))
    cloud.bus.emit(Event("project.disabled", PROJECT, PROJECT))  # published news may be told twice
    cloud.settle()
    assert [cloud.show(id)["status"] for id in (on, paused, building)] == ["SHUTOFF"] * 3
    assert cloud.show(other, "other")["status"] == "ACTIVE"


def test_what_was_off_stays_as_it_was(cloud: Cloud) -> None:
    server = cloud.built()
    cloud.action(server, "os-stop")
    cloud.settle()
    before = cloud.show(server)
    cloud.bus.emit(Event("project.disabled", PROJECT, PROJECT))
    cloud.settle()
    assert cloud.show(server) == before


def test_a_server_that_is_being_deleted_is_not_stopped(cloud: Cloud) -> None:
    server = cloud.built()
    cloud.bus.emit(Event("project.disabled", PROJECT, PROJECT))
    cloud.delete(f"/servers/{server}")
    cloud.settle()
    assert cloud.get(f"/servers/{server}").status == 404


def test_tenants_are_measured(cloud: Cloud, request: pytest.FixtureRequest) -> None:
    server, off = cloud.built(), cloud.built("other")
    cloud.action(off, "os-stop", persona="other")
    cloud.settle()
    cloud.hypervisor.work(server, 0.5)
    request.getfixturevalue("later")
    found = {tenant.id: tenant for tenant in cloud.compute.tenancy.measured()}
    assert found[server].on
    assert 4.9e9 <= (found[server].cpu_ns or 0) <= 5.1e9 * found[server].vcpus
    assert (found[off].on, found[off].cpu_ns, found[off].project_id) == (False, None, OTHER)
    assert [tenant.id for tenant in cloud.compute.tenancy.of(OTHER)] == [off]


def test_a_tenant_is_stopped_and_deleted_even_when_locked(cloud: Cloud) -> None:
    server = cloud.built()
    cloud.action(server, "lock")
    cloud.compute.tenancy.stop(server)
    cloud.settle()
    cloud.compute.tenancy.stop(server)
    assert cloud.show(server)["status"] == "SHUTOFF"
    cloud.compute.tenancy.delete(server)
    with pytest.raises(NotFound):
        cloud.compute.tenancy.get(server)
    cloud.settle()
    assert cloud.get(f"/servers/{server}").status == 404
