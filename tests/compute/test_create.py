"""POST /servers: what may be asked for, and how everything else is refused without a trace."""

import base64
from typing import Any

import pytest

from stacklab.compute.flavors import NewFlavor
from stacklab.core.jobs import queue
from stacklab.http.context import Context
from stacklab.images import images
from tests.support.api import PERSONAS

GHOST = "6f0c2e9a-3d0b-4e0c-9a7e-51a0c9e2b41d"
CLOUD_CONFIG = base64.b64encode(b"#cloud-config\n").decode()


def only(cloud: Any, server: str) -> Any:
    return cloud.networks.ports_of([server])[server]


def test_what_is_asked_for_is_what_is_shown(cloud: Any) -> None:
    cloud.post("/os-keypairs", {"keypair": {"name": "k"}}, at="2.91")
    asked = {
        "name": "  My web_1  ",
        "key_name": "k",
        "description": "about it",
        "tags": ["b", "a"],
        "metadata": {"role": "web"},
        "config_drive": "true",
        "user_data": CLOUD_CONFIG,
        "availability_zone": "nova",
        "accessIPv4": "192.0.2.7",
        "accessIPv6": "2001:DB8::1",
        "OS-DCF:diskConfig": "AUTO",
        "adminPass": "s3cret",
    }
    answer = cloud.order(**asked)
    assert answer.json["server"]["adminPass"] == "s3cret"
    cloud.settle()
    shown = cloud.show(answer.json["server"]["id"], "admin")
    expected = {
        "name": "My web_1",
        "key_name": "k",
        "description": "about it",
        "tags": ["a", "b"],
        "metadata": {"role": "web"},
        "config_drive": "True",
        "OS-EXT-AZ:availability_zone": "nova",
        "pinned_availability_zone": "nova",
        "accessIPv4": "192.0.2.7",
        "accessIPv6": "2001:db8::1",
        "OS-DCF:diskConfig": "AUTO",
        "OS-EXT-SRV-ATTR:hostname": "my-web-1",
        "OS-EXT-SRV-ATTR:user_data": CLOUD_CONFIG,
        "security_groups": [{"name": "default"}],
        "locked": False,
        "server_groups": [],
    }
    assert {key: shown[key] for key in expected} == expected


def test_the_guest_learns_what_it_should(cloud: Any) -> None:
    cloud.post("/os-keypairs", {"keypair": {"name": "k"}}, at="2.91")
    server = cloud.built(key_name="k", user_data=CLOUD_CONFIG, metadata={"role": "db"}, name="Data Base")
    address = only(cloud, server)[0].addresses[0].ip
    facts = cloud.compute.instance_facts(address)
    assert (facts.id, facts.hostname, facts.meta, facts.user_data) == (
        server,
        "data-base",
        {"role": "db"},
        b"#cloud-config\n",
    )
    assert list(facts.keys) == ["k"]
    assert facts.nics[0].address == address
    assert cloud.compute.instance_facts("10.77.255.200") is None


def test_an_address_of_ones_own_choosing(cloud: Any) -> None:
    wanted = [{"uuid": cloud.network, "fixed_ip": "10.77.3.4"}]
    assert cloud.show(cloud.built(networks=wanted))["addresses"]["lab"][0]["addr"] == "10.77.3.4"
    again = cloud.order(networks=wanted)
    assert (again.status, queue.pending()) == (400, 0)


def test_networks(cloud: Any) -> None:
    assert cloud.show(cloud.built(networks="none"))["addresses"] == {}
    assert list(cloud.show(cloud.built(networks="auto"))["addresses"]) == ["lab"]
    assert list(cloud.show(cloud.built(networks=[{"uuid": cloud.network}]))["addresses"]) == ["lab"]
    twice = cloud.show(cloud.built(networks=[{"uuid": cloud.network}, {"uuid": cloud.network}]))
    assert len(twice["addresses"]["lab"]) == 2


def test_several_at_once(cloud: Any) -> None:
    answer = cloud.order(min_count=2, max_count="3", return_reservation_id=True)
    reservation = answer.json["reservation_id"]
    cloud.settle()
    found = cloud.get(f"/servers/detail?reservation_id={reservation}&sort_key=name&sort_dir=asc").json["servers"]
    assert [(server["name"], server["status"]) for server in found] == [
        ("web-1", "ACTIVE"),
        ("web-2", "ACTIVE"),
        ("web-3", "ACTIVE"),
    ]


def test_an_image_as_a_block_device(cloud: Any) -> None:
    device = {
        "uuid": cloud.image,
        "source_type": "image",
        "destination_type": "local",
        "boot_index": 0,
        "delete_on_termination": True,
    }
    assert cloud.order(block_device_mapping_v2=[device]).status == 202
    refused = cloud.order(block_device_mapping_v2=[{**device, "destination_type": "volume"}])
    assert (refused.status, "Volumes" in refused.json["forbidden"]["message"]) == (403, True)


BAD: list[tuple[str, dict[str, Any], str, int, str]] = [
    # what, changes to the body, microversion, status, a part of the message
    ("no name", {"name": None}, "2.96", 400, "field/attribute name."),
    ("an empty name", {"name": ""}, "2.96", 400, "field/attribute name."),
    ("a name of spaces", {"name": "  "}, "2.96", 400, "name"),
    ("a name over 255", {"name": "x" * 256}, "2.96", 400, "field/attribute name."),
    ("a number as name", {"name": 5}, "2.96", 400, "field/attribute name."),
    ("an unknown field", {"colour": "red"}, "2.96", 400, "'colour' was unexpected"),
    ("no such image", {"imageRef": GHOST}, "2.96", 400, "imageRef"),
    ("an image that is no UUID", {"imageRef": "nope"}, "2.96", 400, "imageRef"),
    ("no image", {"imageRef": ""}, "2.96", 400, "imageRef"),
    ("no such flavor", {"flavorRef": "m9.huge"}, "2.96", 400, "flavorRef"),
    ("no such key", {"key_name": "nope"}, "2.96", 400, "key_name"),
    ("no such network", {"networks": [{"uuid": GHOST}]}, "2.96", 400, GHOST),
    ("no such port", {"networks": [{"port": GHOST}]}, "2.96", 400, GHOST),
    ("a network that is no UUID", {"networks": [{"uuid": "x"}]}, "2.96", 400, "uuid"),
    ("an address that is none", {"networks": [{"uuid": GHOST, "fixed_ip": "1.2.3"}]}, "2.96", 400, "fixed_ip"),
    ("auto before 2.37", {"networks": "auto"}, "2.36", 400, "networks"),
    ("no such group", {"security_groups": [{"name": "nope"}]}, "2.96", 400, "nope"),
    ("no such zone", {"availability_zone": "mars"}, "2.96", 400, "availability zone"),
    ("another's host", {"availability_zone": "nova:elsewhere"}, "2.96", 403, "forced_host"),
    ("user data that is not Base64", {"user_data": "%%%"}, "2.96", 400, "user_data"),
    ("user data over 64 KiB", {"user_data": "A" * 65536}, "2.96", 400, "user_data"),
    ("more at least than at most", {"min_count": 3, "max_count": 2}, "2.96", 400, "min_count must be <= max_count"),
    ("a count of none", {"min_count": 0}, "2.96", 400, "min_count"),
    ("a count too long to read", {"min_count": "9" * 5000}, "2.96", 400, "min_count"),
    ("a count that is none", {"min_count": "--5"}, "2.96", 400, "min_count"),
    ("a count in words", {"max_count": "two"}, "2.96", 400, "max_count"),
    ("a description before 2.19", {"description": "d"}, "2.18", 400, "description"),
    ("tags before 2.52", {"tags": ["a"]}, "2.51", 400, "tags"),
    ("a tag with a comma", {"tags": ["a,b"]}, "2.96", 400, "0. Value: a,b."),
    ("a hostname before 2.90", {"hostname": "h"}, "2.89", 400, "hostname"),
    ("a bad hostname", {"hostname": "no_good"}, "2.96", 400, "hostname"),
    ("a domain name before 2.94", {"hostname": "a.b"}, "2.93", 400, "hostname"),
    ("personality after 2.56", {"personality": []}, "2.57", 400, "personality"),
    ("personality before", {"personality": [{"path": "/a", "contents": "YQ=="}]}, "2.1", 400, "Personality"),
    ("metadata that is no text", {"metadata": {"a": 1}}, "2.96", 400, "a. Value: 1."),
    ("a metadata value over 255", {"metadata": {"a": "x" * 256}}, "2.96", 400, "too long"),
    ("too much metadata", {"metadata": {f"k{n}": "v" for n in range(129)}}, "2.96", 403, "metadata items"),
    ("an address that is not IPv4", {"accessIPv4": "here"}, "2.96", 400, "accessIPv4"),
    ("a config drive of maybe", {"config_drive": "maybe"}, "2.96", 400, "config_drive"),
    ("one port for several", {"networks": [{"port": GHOST}], "max_count": 2}, "2.96", 400, "multiple instances"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "at", "status", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_input_is_refused_and_changes_nothing(
    cloud: Any, changes: dict[str, Any], at: str, status: int, words: str
) -> None:
    if at < "2.37" and "networks" not in changes:
        changes = {"networks": [{"uuid": cloud.network}], **changes}
    answer = cloud.order(at=at, **changes)
    fault = answer.json["badRequest" if status == 400 else "forbidden"]
    assert (answer.status, fault["code"], words in fault["message"]) == (status, status, True), fault
    assert cloud.get("/servers").json["servers"] == []
    used = cloud.compute.quotas.used("0123456789abcdef0123456789abcde0")
    assert (queue.pending(), cloud.taken(), used.cores) == (0, 0, 0)


def test_networks_are_required_from_2_37_on(cloud: Any) -> None:
    body = {"server": {"name": "web", "imageRef": cloud.image, "flavorRef": "1"}}
    assert cloud.post("/servers", body, at="2.36").status == 202
    assert (
        cloud.post("/servers", body, at="2.37")
        .json["badRequest"]["message"]
        .endswith("'networks' is a required property")
    )


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b'{"server": 5}', b"\xff", b"[" * 5000])
def test_bodies_that_are_not_bodies(cloud: Any, raw: bytes) -> None:
    answer = cloud.post("/servers", raw)
    assert (answer.status, "badRequest" in answer.json) == (400, True)


def test_a_host_without_room_says_what_is_missing(cloud: Any) -> None:
    cloud.compute.quotas.change(
        Context(PERSONAS["admin"]), "0123456789abcdef0123456789abcde0", {"ram": -1, "cores": -1}
    )
    cloud.compute.flavors.add(NewFlavor("huge", ram_mb=2_000_000_000, vcpus=1, disk_gb=1, id="huge"))
    answer = cloud.order(flavorRef="huge")
    assert answer.status == 202
    shown = cloud.show(answer.json["server"]["id"])
    assert shown["status"] == "ERROR"
    assert shown["fault"]["message"].startswith("No valid host was found.")
    assert "memory" in shown["fault"]["message"]
    assert (cloud.taken(), queue.pending()) == (0, 0)
    cloud.delete(f"/servers/{shown['id']}")
    cloud.settle()
    assert cloud.get("/servers").json["servers"] == []


def test_a_disabled_service_takes_no_servers_and_says_why(cloud: Any) -> None:
    services = cloud.get("/os-services?binary=nova-compute", "admin").json["services"]
    path = f"/os-services/{services[0]['id']}"
    cloud.put(path, {"status": "disabled", "disabled_reason": "maintenance"}, "admin")
    shown = cloud.show(cloud.order().json["server"]["id"])
    assert (shown["status"], "maintenance" in shown["fault"]["message"]) == ("ERROR", True)
    cloud.put(path, {"status": "enabled"}, "admin")
    assert cloud.show(cloud.built())["status"] == "ACTIVE"


def test_anti_affinity_has_one_member_on_one_host(cloud: Any) -> None:
    body = {"server_group": {"name": "apart", "policy": "anti-affinity"}}
    group = cloud.post("/os-server-groups", body).json["server_group"]["id"]
    server = {"name": "a", "imageRef": cloud.image, "flavorRef": "1", "networks": "auto"}
    asked = {"server": server, "os:scheduler_hints": {"group": group}}
    assert [cloud.post("/servers", asked).status for _ in range(2)] == [202, 403]
    members = cloud.get(f"/os-server-groups/{group}").json["server_group"]["members"]
    assert len(members) == 1
    assert cloud.show(members[0])["server_groups"] == [group]


def test_an_image_deleted_while_it_is_looked_at(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody held its bytes yet: what was accepted could not be built."""

    def deleted(_flavor: Any, image: Any) -> None:
        images.delete(Context(PERSONAS["admin"]), image.id, cloud.images.stores, cloud.bus)

    monkeypatch.setattr("stacklab.compute.creation._check_size", deleted)
    answer = cloud.order()
    assert (answer.status, answer.json["badRequest"]["message"]) == (400, "Invalid imageRef provided.")
    assert cloud.get("/servers").json["servers"] == []
    assert (queue.pending(), cloud.taken()) == (0, 0)
