"""The two metadata trees, path by path, as real clients ask for them."""

import base64
import json

import pytest
from msgspec.structs import replace

from stacklab.host.metadata.spec import InstanceFacts, NicFacts
from stacklab.host.metadata.tree import answer, config_drive_files

KEY = "ssh-ed25519 AAAAC3 alice@example"
NIC = NicFacts(
    "5f0f5a2e-1111-4000-8000-000000000001",
    "5f0f5a2e-2222-4000-8000-000000000002",
    "52:54:00:00:00:0b",
    1450,
    "10.77.0.11",
    "255.255.255.0",
    "10.77.0.1",
    ("10.77.0.1",),
    "sl-t5f0f5a2e11",
)
FACTS = InstanceFacts(
    id="0b7c9a52-3333-4000-8000-000000000003",
    name="my server",
    hostname="my-server",
    project_id="p1",
    availability_zone="nova",
    flavor="lab.nano",
    image_id="cafe0123-4444-4000-8000-000000000004",
    launch_index=2,
    meta={"role": "web"},
    keys={"alice": KEY},
    key_types={"alice": "ssh"},
    user_data=b"#!/bin/sh\n\xff",
    admin_pass="letmein",
    fixed_ip="10.77.0.11",
    floating_ip="10.88.0.51",
    security_groups=("default", "web"),
    nics=(NIC,),
    random_seed=b"\x00\x01\x02",
)
BARE = replace(FACTS, meta={}, keys={}, user_data=None, nics=(), floating_ip=None)

OPENSTACK_VERSIONS = """2012-08-10
2013-04-04
2013-10-17
2015-10-15
2016-06-30
2016-10-06
2017-02-22
2018-08-27
2020-10-14
latest"""

TEXTS = {
    "/openstack": OPENSTACK_VERSIONS,
    "/openstack/": OPENSTACK_VERSIONS,
    "/openstack/2012-08-10": "meta_data.json\nuser_data",
    "/openstack/2013-04-04/": "meta_data.json\nuser_data\npassword",
    "/openstack/2013-10-17": "meta_data.json\nuser_data\npassword\nvendor_data.json",
    "/openstack/latest/": (
        "meta_data.json\nuser_data\npassword\nvendor_data.json\nnetwork_data.json\nvendor_data2.json"
    ),
    "/openstack/latest/vendor_data.json": "{}",
    "/openstack/latest/vendor_data2.json": "{}",
    "/openstack/latest/password": "",
    "/latest": "meta-data/\nuser-data",
    "/latest/meta-data/ami-id": "ami-cafe0123",
    "/latest/meta-data/ami-launch-index": "2",
    "/latest/meta-data/block-device-mapping/": "ami\nroot",
    "/latest/meta-data/block-device-mapping/root": "/dev/vda",
    "/latest/meta-data/hostname": "my-server",
    "/latest/meta-data/instance-action": "none",
    "/latest/meta-data/instance-id": "i-0b7c9a52",
    "/latest/meta-data/instance-type": "lab.nano",
    "/latest/meta-data/local-hostname": "my-server",
    "/latest/meta-data/local-ipv4": "10.77.0.11",
    "/latest/meta-data/placement/": "availability-zone",
    "/latest/meta-data/placement/availability-zone": "nova",
    "/latest/meta-data/public-hostname": "my-server",
    "/latest/meta-data/public-ipv4": "10.88.0.51",
    "/latest/meta-data/public-keys/": "0=alice",
    "/latest/meta-data/public-keys/0": "openssh-key",
    "/latest/meta-data/public-keys/0/openssh-key": KEY,
    "/latest/meta-data/reservation-id": "r-0b7c9a52",
    "/latest/meta-data/security-groups": "default\nweb",
    "/2009-04-04/meta-data/hostname": "my-server",
    "//latest//meta-data/hostname/": "my-server",
}


@pytest.mark.parametrize("path", TEXTS)
def test_text(path: str) -> None:
    found = answer(FACTS, path)
    assert found
    assert found[0].decode() == TEXTS[path]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/openstack/2011-01-01",
        "/openstack/latest/nothing",
        "/openstack/2012-08-10/network_data.json",
        "/openstack/latest/meta_data.json/more",
        "/latest/meta-data/nothing",
        "/latest/meta-data/public-keys/1/openssh-key",
        "/latest/meta-data/hostname/more",
        "/latest/dynamic/instance-identity",
        "/../etc/passwd",
    ],
)
def test_what_is_not_there(path: str) -> None:
    assert answer(FACTS, path) is None


@pytest.mark.parametrize("path", ["/openstack/latest/user_data", "/latest/user-data", "/latest/meta-data/public-keys/"])
def test_what_a_bare_instance_has_not(path: str) -> None:
    assert answer(FACTS, path) is not None
    assert answer(BARE, path) is None


def test_the_root_lists_the_ec2_versions() -> None:
    found = answer(FACTS, "/")
    assert found
    assert found[0].decode().splitlines()[0] == "1.0"
    assert found[0].decode().splitlines()[-2:] == ["2009-04-04", "latest"]


def test_the_ec2_listing_is_sorted_with_folders_marked() -> None:
    found = answer(FACTS, "/latest/meta-data/")
    assert found
    lines = found[0].decode().splitlines()
    assert lines == sorted(lines)
    assert {"ami-id", "public-keys/", "placement/", "block-device-mapping/", "local-ipv4"} <= set(lines)


@pytest.mark.parametrize("path", ["/openstack/latest/user_data", "/latest/user-data"])
def test_user_data_is_given_byte_for_byte(path: str) -> None:
    assert answer(FACTS, path) == (FACTS.user_data, "application/octet-stream")


def openstack_json(version: str, name: str = "meta_data.json", facts: InstanceFacts = FACTS) -> dict[str, object]:
    found = answer(facts, f"/openstack/{version}/{name}")
    assert found
    assert found[1] == "application/json"
    decoded: dict[str, object] = json.loads(found[0])
    return decoded


def test_the_newest_meta_data() -> None:
    assert openstack_json("latest") == {
        "uuid": FACTS.id,
        "meta": {"role": "web"},
        "public_keys": {"alice": KEY},
        "keys": [{"name": "alice", "type": "ssh", "data": KEY}],
        "hostname": "my-server",
        "name": "my server",
        "launch_index": 2,
        "availability_zone": "nova",
        "random_seed": base64.b64encode(b"\x00\x01\x02").decode(),
        "project_id": "p1",
        "devices": [],
        "dedicated_cpus": [],
    }


@pytest.mark.parametrize(
    ("version", "lacks"),
    [
        ("2012-08-10", {"random_seed", "keys", "project_id", "devices", "dedicated_cpus"}),
        ("2013-10-17", {"project_id", "devices", "dedicated_cpus"}),
        ("2015-10-15", {"devices", "dedicated_cpus"}),
        ("2018-08-27", {"dedicated_cpus"}),
        ("2020-10-14", set()),
    ],
)
def test_older_versions_lack_what_came_later(version: str, lacks: set[str]) -> None:
    assert set(openstack_json("latest")) - set(openstack_json(version)) == lacks


def test_a_bare_instance_has_no_keys_and_no_meta() -> None:
    assert not {"meta", "keys", "public_keys"} & set(openstack_json("latest", facts=BARE))


def test_network_data() -> None:
    assert openstack_json("latest", "network_data.json") == {
        "links": [
            {
                "id": "sl-t5f0f5a2e11",
                "vif_id": NIC.port_id,
                "type": "bridge",
                "mtu": 1450,
                "ethernet_mac_address": "52:54:00:00:00:0b",
            }
        ],
        "networks": [
            {
                "id": "network0",
                "type": "ipv4",
                "link": "sl-t5f0f5a2e11",
                "ip_address": "10.77.0.11",
                "netmask": "255.255.255.0",
                "routes": [{"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.77.0.1"}],
                "network_id": NIC.network_id,
                "services": [{"type": "dns", "address": "10.77.0.1"}],
            }
        ],
        "services": [{"type": "dns", "address": "10.77.0.1"}],
    }


def test_a_card_without_gateway_has_no_route() -> None:
    data = openstack_json("latest", "network_data.json", replace(FACTS, nics=(replace(NIC, gateway=None),)))
    networks = data["networks"]
    assert isinstance(networks, list)
    assert networks[0]["routes"] == []


def test_the_config_drive_has_both_trees() -> None:
    files = config_drive_files(FACTS)
    assert files["openstack/latest/user_data"] == FACTS.user_data
    assert files["ec2/latest/user-data"] == FACTS.user_data
    assert json.loads(files["ec2/2009-04-04/meta-data.json"])["hostname"] == "my-server"
    assert "openstack/2012-08-10/meta_data.json" in files
    assert "openstack/latest/network_data.json" in files
    assert not any(name.endswith("/password") for name in files)


def test_the_administrators_password_is_on_the_drive_and_nowhere_else() -> None:
    files = config_drive_files(FACTS)
    assert json.loads(files["openstack/latest/meta_data.json"])["admin_pass"] == "letmein"
    assert "admin_pass" not in openstack_json("latest")
    assert "admin_pass" not in json.loads(
        config_drive_files(replace(FACTS, admin_pass=None))["openstack/latest/meta_data.json"]
    )
