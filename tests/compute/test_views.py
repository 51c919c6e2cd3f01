"""What each microversion adds to a server, a flavor, an action …: keys, compared as whole sets."""

from typing import Any

import pytest

SERVER = {
    "id", "name", "status", "tenant_id", "user_id", "metadata", "hostId", "image", "flavor", "created", "updated",
    "addresses", "accessIPv4", "accessIPv6", "links", "OS-DCF:diskConfig", "OS-EXT-AZ:availability_zone",
    "config_drive", "key_name", "OS-SRV-USG:launched_at", "OS-SRV-USG:terminated_at", "OS-EXT-STS:task_state",
    "OS-EXT-STS:vm_state", "OS-EXT-STS:power_state", "os-extended-volumes:volumes_attached", "progress",
    "security_groups",
}  # fmt: skip
ADMIN = {"OS-EXT-SRV-ATTR:host", "OS-EXT-SRV-ATTR:instance_name", "OS-EXT-SRV-ATTR:hypervisor_hostname"}
ADDED: list[tuple[str, set[str], set[str]]] = [
    # from this microversion on, for everyone, for administrators besides
    ("2.3", set(), {f"OS-EXT-SRV-ATTR:{name}" for name in ("reservation_id", "launch_index", "hostname", "kernel_id",
                                                           "ramdisk_id", "root_device_name", "user_data")}),
    ("2.9", {"locked"}, set()),
    ("2.16", set(), {"host_status"}),
    ("2.19", {"description"}, set()),
    ("2.26", {"tags"}, set()),
    ("2.63", {"trusted_image_certificates"}, set()),
    ("2.71", {"server_groups"}, set()),
    ("2.73", {"locked_reason"}, set()),
    ("2.90", {"OS-EXT-SRV-ATTR:hostname"}, set()),
    ("2.96", {"pinned_availability_zone"}, set()),
]  # fmt: skip


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def before(version: str) -> str:
    return f"2.{number(version)[1] - 1}"


def test_a_server_grows_by_what_each_microversion_promises(cloud: Any) -> None:
    server = cloud.built()
    everyone, admin = set(SERVER), SERVER | ADMIN
    for version, for_all, for_admins in ADDED:
        assert set(cloud.show(server, at=before(version))) == everyone, f"before {version}"
        assert set(cloud.show(server, "admin", before(version))) == admin, f"before {version}"
        everyone |= for_all
        admin |= for_all | for_admins
        assert set(cloud.show(server, at=version)) == everyone, version
        assert set(cloud.show(server, "admin", version)) == admin, version


def test_lists_show_the_same_but_the_group(cloud: Any) -> None:
    server = cloud.built()
    listed = cloud.get("/servers/detail").json["servers"][0]
    shown = cloud.show(server)
    del shown["server_groups"]
    assert listed == shown


@pytest.mark.parametrize(
    ("version", "keys"),
    [
        ("2.46", {"id", "links"}),
        ("2.47", {"vcpus", "ram", "disk", "ephemeral", "swap", "original_name", "extra_specs"}),
    ],
)
def test_the_flavor_of_a_server(cloud: Any, version: str, keys: set[str]) -> None:
    assert set(cloud.show(cloud.built(), at=version)["flavor"]) == keys


FLAVOR = {
    "id", "name", "links", "ram", "disk", "vcpus", "swap", "OS-FLV-EXT-DATA:ephemeral", "OS-FLV-DISABLED:disabled",
    "os-flavor-access:is_public", "rxtx_factor",
}  # fmt: skip


@pytest.mark.parametrize(
    ("version", "added", "swap"),
    [
        ("2.1", set(), ""),
        ("2.55", {"description"}, ""),
        ("2.61", {"description", "extra_specs"}, ""),
        ("2.75", {"description", "extra_specs"}, 0),
    ],
)
def test_a_flavor(cloud: Any, version: str, added: set[str], swap: object) -> None:
    shown = cloud.get("/flavors/1", at=version).json["flavor"]
    assert (set(shown), shown["swap"]) == (FLAVOR | added, swap)


EVENT = {"event", "start_time", "finish_time", "result"}


@pytest.mark.parametrize(
    ("version", "persona", "keys"),
    [
        ("2.50", "member", None),
        ("2.50", "admin", EVENT | {"traceback"}),
        ("2.51", "member", EVENT),
        ("2.62", "member", EVENT | {"hostId"}),
        ("2.62", "admin", EVENT | {"traceback", "hostId", "host"}),
        ("2.84", "member", EVENT | {"hostId", "details"}),
    ],
)
def test_a_step_of_an_action(cloud: Any, version: str, persona: str, keys: set[str] | None) -> None:
    path = f"/servers/{cloud.built()}/os-instance-actions"
    request_id = cloud.get(path).json["instanceActions"][0]["request_id"]
    shown = cloud.get(f"{path}/{request_id}", persona, version).json["instanceAction"]
    assert (set(shown["events"][0]) if "events" in shown else None) == keys


@pytest.mark.parametrize(("version", "create", "delete", "typed"), [("2.1", 200, 202, False), ("2.2", 201, 204, True)])
def test_a_key_pair(cloud: Any, version: str, create: int, delete: int, typed: bool) -> None:
    made = cloud.post("/os-keypairs", {"keypair": {"name": "k"}}, at=version)
    assert (made.status, "type" in made.json["keypair"]) == (create, typed)
    assert made.json["keypair"]["private_key"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert "private_key" not in cloud.get("/os-keypairs/k", at=version).json["keypair"]
    assert cloud.delete("/os-keypairs/k", at=version).status == delete


def test_key_pairs_are_only_imported_from_2_92_on(cloud: Any) -> None:
    assert cloud.post("/os-keypairs", {"keypair": {"name": "k"}}).status == 400
    public = cloud.post("/os-keypairs", {"keypair": {"name": "k"}}, at="2.91").json["keypair"]
    body = {"keypair": {"name": "me@home.net", "public_key": public["public_key"]}}
    assert cloud.post("/os-keypairs", body, at="2.91").status == 400
    imported = cloud.post("/os-keypairs", body).json["keypair"]
    assert imported["fingerprint"] == public["fingerprint"]


KEYS = [
    ({"name": "k", "public_key": "ssh-rsa nonsense"}, 400),
    ({"name": "k", "public_key": "nothing"}, 400),
    ({"name": "a/b"}, 400),
    ({"name": ""}, 400),
    ({"name": "x" * 256}, 400),
    ({"name": "k", "type": "x509"}, 400),
    ({"name": "k", "user_id": "somebody"}, 403),
    ({"name": "k", "colour": "red"}, 400),
    ({"name": "k"}, 201),
    ({"name": "k"}, 409),
]


def test_key_pairs_that_may_not_be(cloud: Any) -> None:
    assert [cloud.post("/os-keypairs", {"keypair": body}, at="2.91").status for body, _ in KEYS] == [s for _, s in KEYS]


def test_key_pairs_come_in_pages_and_belong_to_their_user(cloud: Any) -> None:
    for name in "abc":
        cloud.post("/os-keypairs", {"keypair": {"name": name}}, at="2.91")
    first = cloud.get("/os-keypairs?limit=2").json
    assert [entry["keypair"]["name"] for entry in first["keypairs"]] == ["a", "b"]
    assert "marker=b" in first["keypairs_links"][0]["href"]
    assert cloud.get("/os-keypairs", "other").json["keypairs"] == []
    assert len(cloud.get("/os-keypairs?user_id=user-member", "admin").json["keypairs"]) == 3
    assert cloud.get("/os-keypairs?user_id=user-member", "other").status == 403


@pytest.mark.parametrize(("version", "detail"), [("2.1", 20), ("2.28", 20), ("2.88", 9)])
def test_hypervisors(cloud: Any, version: str, detail: int) -> None:
    shown = cloud.get("/os-hypervisors/detail", "admin", version).json["hypervisors"][0]
    assert len(shown) == detail, sorted(shown)
    assert isinstance(shown["id"], str if version >= "2.53" else int)
    assert isinstance(shown.get("cpu_info", {}), str if version == "2.1" else dict)


QUOTA = {"id", "instances", "cores", "ram", "key_pairs", "metadata_items", "server_groups", "server_group_members"}
FILES = {"injected_files", "injected_file_content_bytes", "injected_file_path_bytes"}
NETWORK = {"fixed_ips", "floating_ips", "security_groups", "security_group_rules"}


@pytest.mark.parametrize(
    ("version", "keys"), [("2.35", QUOTA | FILES | NETWORK), ("2.36", QUOTA | FILES), ("2.57", QUOTA)]
)
def test_quota_sets(cloud: Any, version: str, keys: set[str]) -> None:
    path = "/os-quota-sets/0123456789abcdef0123456789abcde0"
    assert set(cloud.get(path, at=version).json["quota_set"]) == keys


@pytest.mark.parametrize(
    ("version", "status"), [("2.0", 406), ("2.97", 406), ("3.1", 406), ("two", 400), ("2.1", 200), ("latest", 200)]
)
def test_microversions_are_negotiated(cloud: Any, version: str, status: int) -> None:
    answer = cloud.get("/servers", at=version)
    assert answer.status == status
    if status == 200:
        assert answer.headers["openstack-api-version"] == f"compute {'2.96' if version == 'latest' else version}"
