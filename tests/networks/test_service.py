"""The doors for compute and the metadata service."""

from typing import Any

import pytest

from stacklab.core.db.database import change, row, rows, transaction
from stacklab.core.errors import BadRequest, Conflict, Failure, Forbidden, NotFound, OverQuota
from stacklab.core.settings import Network, Quota, Settings
from stacklab.networks.info import Address, Reach
from tests.support.api import PERSONAS, PROJECT


def make(cloud: Any, device: str = "server", persona: str = "member", **more: Any) -> Any:
    asked = {"network_id": cloud.id_of("lab"), "host": "here", **more}
    return cloud.service.create_port(cloud.ctx(persona), device_id=device, **asked)


def test_the_first_start_makes_two_networks_and_the_next_changes_nothing(cloud: Any) -> None:
    before = rows("SELECT * FROM networks") + rows("SELECT * FROM subnets")
    cloud.service.ensure_bootstrap("somebody else")
    assert rows("SELECT * FROM networks") + rows("SELECT * FROM subnets") == before
    assert cloud.id_of("public") < cloud.id_of("lab"), "openstacksdk takes the last for the servers'"


def test_networks(cloud: Any) -> None:
    ctx = cloud.ctx()
    lab = cloud.service.auto_network(ctx)
    assert (lab.name, lab.shared, lab.external, lab.mtu) == ("lab", True, False, 1500)
    assert (lab.subnets[0].cidr, lab.subnets[0].gateway, lab.subnets[0].dns) == (
        "10.77.0.0/16",
        "10.77.0.1",
        ("10.77.0.1",),
    )
    assert cloud.service.network(ctx, lab.id) == lab
    with pytest.raises(NotFound):
        cloud.service.network(ctx, "none")


def test_two_usable_networks_are_ambiguous(cloud: Any) -> None:
    with transaction():
        change("UPDATE networks SET external = 0, shared = 1")
    with pytest.raises(Conflict, match="Multiple possible networks found, use a Network ID to be more specific"):
        cloud.service.auto_network(cloud.ctx())


def test_a_port_for_a_server(cloud: Any) -> None:
    port = make(cloud, fixed_ip="10.77.0.5", name="eth0", zone="nova")
    assert port.addresses == (Address("10.77.0.5", 4, port.addresses[0].subnet_id),)
    assert (port.network_name, port.mtu, port.gateway, port.dns) == ("lab", 1500, "10.77.0.1", ("10.77.0.1",))
    assert (port.cidr, port.created_by_compute, port.status) == ("10.77.0.0/16", True, "DOWN")
    assert [name for _, name in port.security_groups] == ["default"]
    assert row("SELECT device_owner, host, project_id FROM ports") == ("compute:nova", "here", PROJECT)
    assert cloud.service.port_by_address("10.77.0.5") == ("server", port.network_id)
    assert cloud.service.port_by_address("10.77.0.6") is None
    assert cloud.service.port(cloud.ctx(), port.id) == port


def test_groups_by_name_and_id(cloud: Any) -> None:
    web = cloud.make("security-groups", name="web")["id"]
    port = make(cloud, security_groups=["default", web])
    assert [name for _, name in port.security_groups] == ["default", "web"]
    assert make(cloud, "b", security_groups=[]).security_groups == ()
    cloud.make("security-groups", name="web")
    with pytest.raises(Conflict, match="Multiple security_group matches found for name 'web'"):
        make(cloud, "c", security_groups=["web"])
    assert make(cloud, "d", security_groups=[web]).security_groups == ((web, "web"),)


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"network_id": "none"}, BadRequest, "Network none could not be found."),
        ({"fixed_ip": "10.99.0.1"}, BadRequest, "Fixed IP 10.99.0.1 is not a valid ip address for network"),
        ({"fixed_ip": "nonsense"}, BadRequest, "is not a valid IP address"),
        ({"fixed_ip": "fd00::1"}, BadRequest, "is not a valid IP address"),
        ({"fixed_ip": "10.77.0.5"}, BadRequest, "Fixed IP address 10.77.0.5 is already in use on instance first."),
        ({"security_groups": ["nobody"]}, BadRequest, f"Security group nobody not found for project {PROJECT}."),
    ],
)
def test_refusals_are_novas(cloud: Any, more: dict[str, Any], error: type[Failure], words: str) -> None:
    make(cloud, "first", fixed_ip="10.77.0.5")
    with pytest.raises(error, match=words.replace(".", r"\.")):
        make(cloud, **more)
    assert len(rows("SELECT id FROM ports")) == 1


def test_another_projects_server_is_not_named(cloud: Any) -> None:
    """That an address is taken has to be said; by whom is not a stranger's to know."""
    address = cloud.make("ports", "other", device_id="theirs")["fixed_ips"][0]["ip_address"]
    with pytest.raises(BadRequest, match="already in use on instance unknown"):
        make(cloud, "mine", fixed_ip=address)


def test_the_external_network_is_refused(cloud: Any) -> None:
    with pytest.raises(Forbidden):
        make(cloud, network_id=cloud.id_of("public"))


@pytest.mark.parametrize("settings", [Settings(quota=Quota(ports=1))])
def test_quota(cloud: Any, settings: Settings) -> None:
    make(cloud)
    with pytest.raises(OverQuota, match="Maximum number of ports exceeded"):
        make(cloud)


@pytest.mark.parametrize("settings", [Settings(network=Network(lab_cidr="10.77.0.0/30"))])
def test_no_address_left(cloud: Any, settings: Settings) -> None:
    assert make(cloud).addresses[0].ip == "10.77.0.2"
    with pytest.raises(BadRequest, match="No fixed IP addresses available for network"):
        make(cloud)


def test_a_users_own_port_is_lent_to_a_server_and_comes_back(cloud: Any) -> None:
    own = cloud.make("ports", name="mine")["id"]
    adopted = cloud.service.adopt_port(cloud.ctx(), port_id=own, device_id="one", zone="nova", host="here")
    assert (adopted.created_by_compute, adopted.device_id) == (False, "one")
    with pytest.raises(Conflict, match="is still in use"):
        cloud.service.adopt_port(cloud.ctx(), port_id=own, device_id="two")
    with pytest.raises(NotFound):
        cloud.service.adopt_port(cloud.ctx("other"), port_id=own, device_id="two")
    cloud.service.set_ports_active("one", True)
    made = make(cloud, "one")
    cloud.service.release_ports("one")
    assert rows("SELECT id, device_id, device_owner, host, status FROM ports") == [(own, "", "", "", "DOWN")]
    assert [(e.kind, e.subject) for e in cloud.events[-2:]] == [("port.changed", own), ("port.deleted", made.id)]
    cloud.service.release_ports("one")
    cloud.service.release_port(made.id)


def test_status_follows_the_server(cloud: Any) -> None:
    make(cloud, "one")
    cloud.service.set_ports_active("one", True)
    assert [port.status for port in cloud.service.ports_of(["one"])["one"]] == ["ACTIVE"]
    cloud.service.set_ports_active("one", False)
    assert [port.status for port in cloud.service.ports_of(["one"])["one"]] == ["DOWN"]


def test_ports_of_many_servers_oldest_first(cloud: Any) -> None:
    first, second = make(cloud, "one"), make(cloud, "one")
    cloud.make("floatingips", port_id=first.id)
    found = cloud.service.ports_of(["one", "none"])
    assert [port.id for port in found["one"]] == [first.id, second.id]
    assert list(found["one"][0].floating) == [first.addresses[0].ip]
    assert found["none"] == []
    assert cloud.service.ports_of([]) == {}


def test_where_servers_are_reached_is_what_their_ports_say(cloud: Any) -> None:
    group = cloud.make("security-groups", name="a group before the default one")
    first = make(cloud, "one", security_groups=["default", group["id"]])
    second = make(cloud, "one", security_groups=[])
    floating = cloud.make("floatingips", port_id=first.id)["floating_ip_address"]
    assert cloud.service.reach_of(["one", "none"]) == {
        "one": [
            Reach("lab", first.mac, first.addresses[0].ip, floating, (group["name"], "default")),
            Reach("lab", second.mac, second.addresses[0].ip, None, tuple(n for _, n in second.security_groups)),
        ]
    }
    assert cloud.service.reach_of([]) == {}


def test_a_failed_server_create_leaves_no_port(cloud: Any) -> None:
    def fail() -> None:
        with transaction():
            make(cloud, fixed_ip="10.77.0.5")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert rows("SELECT id FROM ports") == rows("SELECT ip FROM addresses") == rows("SELECT id FROM jobs") == []
    assert cloud.events == []
    assert make(cloud, fixed_ip="10.77.0.5")


def test_an_admins_server_belongs_to_the_admins_project(cloud: Any) -> None:
    assert make(cloud, persona="admin").project_id == PERSONAS["admin"].project_id


def test_writing_a_servers_id_into_a_port_gives_no_access_to_it(cloud: Any, refused: Any) -> None:
    make(cloud, "victim", fixed_ip="10.77.0.5")
    cloud.make(
        "ports", "other", device_id="victim", device_owner="compute:nova", fixed_ips=[{"ip_address": "10.77.0.6"}]
    )
    assert [port.addresses[0].ip for port in cloud.service.ports_of(["victim"])["victim"]] == ["10.77.0.5"]
    assert cloud.service.port_by_address("10.77.0.6") is None
    own = make(cloud, "own", "other", fixed_ip="10.77.0.7")
    url = f"/network/v2.0/ports/{own.id}"
    refused(cloud.api.put(url, "other", {"port": {"device_id": "victim"}}), 409, "PortInUse")
    refused(cloud.api.put(url, "other", {"port": {"device_owner": ""}}), 409, "PortInUse")
    assert cloud.api.put(url, "other", {"port": {"device_id": "own", "name": "x"}}).status == 200
    assert cloud.service.port_by_address("10.77.0.7") == ("own", own.network_id)
