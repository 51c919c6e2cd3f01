"""Floating IPs: allocated, pointed at a port, taken off, given back; none is lost on the way."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stacklab.core.db.database import proxy, row
from stacklab.core.settings import Network, Quota, Settings

V = "/network/v2.0"


def post(cloud: Any, persona: str = "member", **attributes: Any) -> Any:
    body = {"floating_network_id": cloud.id_of("public"), **attributes}
    return cloud.api.post(f"{V}/floatingips", persona, {"floatingip": body})


def put(cloud: Any, floating: dict[str, Any], persona: str = "member", **attributes: Any) -> Any:
    return cloud.api.put(f"{V}/floatingips/{floating['id']}", persona, {"floatingip": attributes})


def test_allocate(cloud: Any) -> None:
    made = cloud.make("floatingips", description="web")
    assert made["floating_ip_address"].startswith("10.88.")
    assert (made["status"], made["port_id"], made["fixed_ip_address"], made["port_details"]) == (
        "DOWN",
        None,
        None,
        None,
    )
    assert (made["description"], made["router_id"]) == ("web", None)


def test_associate_move_and_take_off(cloud: Any) -> None:
    first = cloud.make("ports", device_id="one", device_owner="compute:nova")
    second = cloud.make("ports", device_id="two")
    made = cloud.make("floatingips", port_id=first["id"])
    assert (made["status"], made["fixed_ip_address"]) == ("ACTIVE", first["fixed_ips"][0]["ip_address"])
    assert made["port_details"]["device_id"] == "one"
    moved = put(cloud, made, port_id=second["id"]).json["floatingip"]
    assert (moved["port_id"], moved["fixed_ip_address"]) == (second["id"], second["fixed_ips"][0]["ip_address"])
    left = put(cloud, made, port_id=None, description="spare").json["floatingip"]
    assert (left["port_id"], left["status"], left["description"]) == (None, "DOWN", "spare")
    told = [(e.kind.split(".")[1], e.subject) for e in cloud.events if e.kind.startswith("floatingip")]
    assert told == [("associated", "one"), ("disassociated", "one"), ("associated", "two"), ("disassociated", "two")]


def test_a_port_of_two_addresses(cloud: Any, refused: Any) -> None:
    port = cloud.make("ports", fixed_ips=[{"ip_address": "10.77.0.5"}, {"ip_address": "10.77.0.6"}])
    refused(post(cloud, port_id=port["id"]), 400, "BadRequest")
    one = cloud.make("floatingips", port_id=port["id"], fixed_ip_address="10.77.0.6")
    two = cloud.make("floatingips", port_id=port["id"], fixed_ip_address="10.77.0.5")
    words = refused(
        put(cloud, two, port_id=port["id"], fixed_ip_address="10.77.0.6"), 409, "FloatingIPPortAlreadyAssociated"
    )
    assert "as that fixed IP already has a floating IP on external network" in words
    assert put(cloud, one, port_id=port["id"], fixed_ip_address="10.77.0.6").status == 200


def test_an_address_taken_off_a_port_takes_the_floating_ip_along(cloud: Any) -> None:
    port = cloud.make("ports", fixed_ips=[{"ip_address": "10.77.0.5"}])
    made = cloud.make("floatingips", port_id=port["id"])
    cloud.api.put(f"{V}/ports/{port['id']}", "member", {"port": {"fixed_ips": [{"ip_address": "10.77.0.6"}]}})
    assert cloud.list("floatingips", f"id={made['id']}")[0]["port_id"] is None


def test_a_deleted_port_leaves_its_floating_ip_to_the_project(cloud: Any) -> None:
    port = cloud.make("ports")
    made = cloud.make("floatingips", port_id=port["id"])
    assert cloud.api.delete(f"{V}/ports/{port['id']}", "member").status == 204
    (left,) = cloud.list("floatingips")
    assert (left["id"], left["port_id"], left["status"]) == (made["id"], None, "DOWN")


def test_refusals(cloud: Any, refused: Any) -> None:
    lab, public = cloud.id_of("lab"), cloud.id_of("public")
    bare = cloud.make("ports", fixed_ips=[])["id"]
    port = cloud.make("ports")["id"]
    theirs = cloud.make("ports", "other")["id"]
    refused(post(cloud, floating_network_id=lab), 400, "BadRequest")
    refused(post(cloud, floating_network_id="none"), 404, "NetworkNotFound")
    refused(post(cloud, subnet_id="none"), 404, "SubnetNotFound")
    refused(post(cloud, port_id="none"), 404, "PortNotFound")
    refused(post(cloud, port_id=theirs), 404, "PortNotFound")
    refused(post(cloud, port_id=bare), 400, "BadRequest")
    refused(post(cloud, port_id=port, fixed_ip_address="10.77.0.99"), 400, "BadRequest")
    refused(post(cloud, fixed_ip_address="10.77.0.99"), 400, "BadRequest")
    refused(post(cloud, floating_ip_address="10.88.0.9"), 403, "PolicyNotAuthorized")
    refused(post(cloud, "admin", floating_ip_address="10.99.0.9"), 400, "InvalidIpForNetwork")
    refused(post(cloud, "admin", floating_ip_address="10.88.0.1"), 409, "IpAddressAlreadyAllocated")
    refused(post(cloud, router_id="r"), 400, "HTTPBadRequest")
    assert cloud.list("floatingips", persona="admin") == []
    assert row(
        "SELECT count(*) FROM addresses a JOIN subnets s ON s.id = a.subnet_id WHERE s.network_id = ?", (public,)
    ) == (0,)


def test_an_admin_chooses_the_address_and_it_is_free_after_delete(cloud: Any, refused: Any) -> None:
    made = cloud.make("floatingips", "admin", floating_ip_address="10.88.0.9")
    assert made["floating_ip_address"] == "10.88.0.9"
    refused(post(cloud, "admin", floating_ip_address="10.88.0.9"), 409, "IpAddressAlreadyAllocated")
    assert cloud.api.delete(f"{V}/floatingips/{made['id']}", "admin").status == 204
    assert cloud.make("floatingips", "admin", floating_ip_address="10.88.0.9")


@pytest.mark.parametrize("settings", [Settings(quota=Quota(floating_ips=1))])
def test_quota(cloud: Any, refused: Any, settings: Settings) -> None:
    cloud.make("floatingips")
    assert refused(post(cloud), 409, "OverQuota") == "Quota exceeded for resources: ['floatingip']."


@pytest.mark.parametrize("settings", [Settings(network=Network(public_cidr="10.88.0.0/29"))])
def test_projects_racing_for_the_last_addresses(cloud: Any, settings: Settings) -> None:
    def grab(number: int) -> int:
        try:
            return int(post(cloud, ("member", "other")[number % 2]).status)
        finally:
            proxy.close()

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(grab, range(12)))
    assert statuses == [201] * 5 + [409] * 7
    addresses = [each["floating_ip_address"] for each in cloud.list("floatingips", persona="admin")]
    assert sorted(addresses) == [f"10.88.0.{n}" for n in range(2, 7)]
