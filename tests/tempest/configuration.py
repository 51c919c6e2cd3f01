"""tempest.conf for what this cloud serves: nothing is switched off that the listed tests need."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.support.client import Client
from tests.support.node import Node

# What `[identity]` in the template says of the node's rules of passwords, told to the node.
ENVIRON = {
    "STACKLAB_IDENTITY_LOCKOUT_FAILURE_ATTEMPTS": "2",
    "STACKLAB_IDENTITY_LOCKOUT_DURATION": "5",
    "STACKLAB_IDENTITY_UNIQUE_LAST_PASSWORD_COUNT": "2",
    "STACKLAB_IMAGES_IMPORT_PRIVATE": "true",  # what is imported by URL is served on this machine
    "STACKLAB_IMAGES_IMPORT_PORTS": "",
    "STACKLAB_IMAGES_SHOW_LOCATIONS": "true",
    # Tempest makes more containers in one account than the least of our tiers allows, and knows a policy by this name.
    "STACKLAB_OBJECTS_TIER_DEFAULT_CONTAINERS": "1000",
    "STACKLAB_OBJECTS_POLICIES": "default,silver",
}


# Tests that store bytes which are no image, to see that compute refuses them: they need a node that takes such bytes.
BOGUS = r"ListUserImagesTest|ImagesFormatTest\.test_compute_rejects"
# Tests of several stores; those of one would skip or fail where there are more.
SEVERAL = r"MultiStores|MultistoreLocation|ImportCopyImages|StoreWeight"
UNENFORCED = {"STACKLAB_IMAGES_REQUIRE_FORMAT_MATCH": "false"}


class Kind(NamedTuple):
    """A node: whether it has several stores, and whether it refuses images that are not what they say."""

    several: bool = False
    enforced: bool = True

    def environ(self, folder: Path) -> dict[str, str]:
        return ENVIRON | (stores(folder) if self.several else {}) | ({} if self.enforced else UNENFORCED)


def kind_for(test: str) -> Kind:
    return Kind(several=bool(re.search(SEVERAL, test)), enforced=not re.search(BOGUS, test))


def stores(folder: Path) -> dict[str, str]:
    """Settings for a node with a second folder for images, lighter than the first, and a store for what is on the web.

    Tempest awaits the names of stores in the order of the alphabet.
    """
    second = f'[{{ name = "second", path = "{folder}/second", weight = -1 }}]'
    return {"STACKLAB_IMAGES_STORES": second, "STACKLAB_IMAGES_WEB_STORE": "web"}


def synced(url: str, folder: Path) -> dict[str, str]:
    """Settings for a node at this URL whose containers may follow each other, by the names Tempest has for it."""
    file = folder / "container-sync-realms.conf"
    file.touch(mode=0o600)
    file.write_text(f"[realm1]\nkey = of this run\ncluster_name1 = {url}/object-store/v1/\n")
    return {"STACKLAB_OBJECTS_SYNC_REALMS_FILE": str(file), "STACKLAB_OBJECTS_SYNC_SECONDS": "1"}


TEMPLATE = """\
[DEFAULT]
log_file = {workspace}/tempest.log
use_stderr = false

[oslo_concurrency]
lock_path = {workspace}/locks

[auth]
use_dynamic_credentials = true
admin_username = admin
admin_project_name = admin
admin_password = {password}
admin_domain_name = Default
default_credentials_domain_name = Default
admin_system = all
create_isolated_networks = false

[identity]
uri_v3 = {url}/identity/v3
auth_version = v3
region = RegionOne
v3_endpoint_type = public
default_domain_id = default
admin_role = admin
user_lockout_failure_attempts = 2
user_lockout_duration = 5
user_unique_last_password_count = 2
user_minimum_password_age = 0

[identity-feature-enabled]
trust = true
security_compliance = true
domain_specific_drivers = true
access_rules = true
api_extensions = all

[service_available]
nova = true
neutron = true
glance = true
cinder = false
swift = true
horizon = false

[enforce_scope]
nova = true
neutron = true
glance = true
keystone = true
placement = true

[compute]
image_ref = {image}
image_ref_alt = {image_alt}
flavor_ref = {flavor}
flavor_ref_alt = {flavor_alt}
max_microversion = latest
hypervisor_type = QEMU
min_compute_nodes = 1
build_timeout = 300
build_interval = 1
fixed_network_name = lab

[compute-feature-enabled]
resize = false
snapshot = false
shelve = false
suspend = false
rescue = false
console_output = true
vnc_console = false
interface_attach = true
config_drive = true
metadata_service = true
cold_migration = false
live_migration = false

[image]
container_formats = bare,ami,ari,aki,ovf,ova,docker
disk_formats = raw,qcow2,ami,ari,aki,vhd,vmdk,vdi,iso,vhdx,ploop
http_image = {files}/image.raw
http_qcow2_image = {files}/image.qcow2
images_manifest_file = {manifest}
hashing_algorithm = sha512
image_caching_enabled = true

[image-feature-enabled]
import_image = true
image_conversion = true
image_format_enforcement = {enforced}
manage_locations = true
do_secure_hash = true
http_store_enabled = true
store_weight_enabled = {several}

[object-storage]
operator_role = member
reseller_admin_role = ResellerAdmin
build_timeout = 10
realm_name = realm1
cluster_name = name1
container_sync_interval = 1

[object-storage-feature-enabled]
discoverable_apis = all
container_sync = false
tempurl_digest_hashlib = sha256

[network]
public_network_id = {public}
floating_network_name = public
project_networks_reachable = false
shared_physical_network = true

[network-feature-enabled]
ipv6 = false
floating_ips = true
port_security = false

[validation]
run_validation = true
connect_method = floating
auth_method = keypair
image_ssh_user = lab
image_alt_ssh_user = lab
image_ssh_password = gocubsgo
image_alt_ssh_password = gocubsgo
ssh_key_type = ecdsa
ip_version_for_ssh = 4
network_for_ssh = public
"""


def render(node: Node, admin: Client, password: str, workspace: Path, files: str, kind: Kind) -> str:
    """The file for this node; `files`: the URL of what tests/tempest/files.py made; `kind`: what kind of node it is.

    Tempest wants two images that differ: the second is registered here.
    """
    image = admin.one("/image/v2/images", "images", "stacklab-guest")
    return TEMPLATE.format(
        workspace=workspace,
        manifest=workspace.with_name("files") / "manifest.yml",
        files=files,
        password=password,
        enforced=str(kind.enforced).lower(),
        several=str(kind.several).lower(),
        url=node.url,
        image=image,
        image_alt=_second_image(admin, image),
        flavor=admin.one("/compute/v2.1/flavors", "flavors", "lab.nano"),
        flavor_alt=admin.one("/compute/v2.1/flavors", "flavors", "lab.micro"),
        public=admin.one("/network/v2.0/networks", "networks", "public"),
    )


def _second_image(admin: Client, image: str) -> str:
    status, _headers, data = admin.raw("GET", f"/image/v2/images/{image}/file")
    assert status == 200
    body = {"name": "tempest-alt", "disk_format": "qcow2", "container_format": "bare", "visibility": "public"}
    made = admin.post("/image/v2/images", body)["id"]
    status, _headers, _body = admin.raw(
        "PUT", f"/image/v2/images/{made}/file", data, {"content-type": "application/octet-stream"}
    )
    assert status == 204
    return str(made)
