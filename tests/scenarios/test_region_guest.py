"""A real guest in a lent region: made with a token that home bound to it, and reached over SSH while home is gone."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from stacklab.host.network.plan import bridge_name
from tests.support.catalogue import Catalogue
from tests.support.client import until
from tests.support.folders import passable_folder
from tests.support.node import Namespaces, Node
from tests.support.regions import QUICK, Member, Site
from tests.support.ssh import Ssh

pytestmark = pytest.mark.host
PERSON = "ana@example.org"


class LentSite(Site):
    """A simulated home on this side of a wire; at its other end a namespace with a region that boots real guests."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.members = folder, {}
        self.home = Node(folder / "home", **QUICK)
        self.lent = Member(folder / "lent", self.home, "Lent", hypervisor="libvirt", STACKLAB_REGIONS_USAGE_SECONDS="1")
        self.members["Lent"] = self.lent

    @property
    def namespaces(self) -> Namespaces:
        assert self.lent.namespaces
        return self.lent.namespaces

    def start(self) -> None:
        self.home.host = self.namespaces.here
        self.admin = self.home.start().admin()
        self.lent.token = self.invite("Lent")["join_token"]
        self.lent.start()
        until("the first report", lambda: self.card("Lent")["capacity"])


@pytest.fixture
def site() -> Iterator[LentSite]:
    with passable_folder() as folder:
        made = LentSite(folder)
        try:
            made.start()
            yield made
        finally:
            made.close()


def server(region: Catalogue, key: str) -> str:
    """A server with this key pair, once it is ACTIVE; its id."""
    body = {
        "name": "lent-guest",
        "imageRef": region.one("image", "/v2/images", "images", "stacklab-guest"),
        "flavorRef": region.one("compute", "/flavors", "flavors", "lab.nano"),
        "networks": [{"uuid": region.one("network", "/v2.0/networks", "networks", "lab")}],
        "key_name": key,
    }
    made = str(region.post("compute", "/servers", {"server": body})["server"]["id"])

    def settled() -> Any:
        seen = region.get("compute", f"/servers/{made}")["server"]
        return seen if seen["status"] in ("ACTIVE", "ERROR") else None

    found = until("the server to be built", settled)
    assert found["status"] == "ACTIVE", found
    return made


def key_pair(region: Catalogue, keys: Path, name: str) -> Path:
    """A new key pair; the file with its private half."""
    made = region.post("compute", "/os-keypairs", {"keypair": {"name": name, "type": "ssh"}})["keypair"]
    key = keys / name
    key.write_text(made["private_key"])
    key.chmod(0o600)
    return key


def open_ssh(region: Catalogue) -> None:
    """Port 22 in the project's default group."""
    group = region.one("network", "/v2.0/security-groups", "security_groups", "default")
    rule = {"direction": "ingress", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22}
    body = {"security_group_rule": {"security_group_id": group, **rule}}
    region.post("network", "/v2.0/security-group-rules", body)


def floating_ip(region: Catalogue, public: str, server: str) -> dict[str, str]:
    (port,) = region.get("network", f"/v2.0/ports?device_id={server}")["ports"]
    body = {"floatingip": {"floating_network_id": public, "port_id": port["id"]}}
    made: dict[str, str] = region.post("network", "/v2.0/floatingips", body)["floatingip"]
    return made


def test_a_guest_in_a_lent_region_outlives_home(site: LentSite, keys: Path) -> None:
    """Key, rule, server and address through the catalogue of a bound token; then home dies and nothing is lost."""
    region = Catalogue(*site.login(PERSON, site.newcomer(PERSON), "Lent"))
    assert region.urls["identity"] == f"{site.home.url}/identity/Lent/v3"
    assert region.urls["compute"] == f"{site.lent.url}/compute/v2.1"
    public = region.one("network", "/v2.0/networks", "networks", "public")
    site.namespaces.make_outside(bridge_name(public), "10.88.255.250/16")
    key = key_pair(region, keys, "lent")
    open_ssh(region)
    guest = server(region, "lent")
    address = floating_ip(region, public, guest)
    site.home.kill()
    with suppress(ConnectionRefusedError), socket.create_connection((site.home.host, site.home.port), 2):
        pytest.fail("home still answers")
    ssh = Ssh(site.namespaces.outside, address["floating_ip_address"], key).wait()
    assert ssh.run("hostname") == "lent-guest"
    assert guest in ssh.run("wget -q -O - http://169.254.169.254/openstack/latest/meta_data.json")
    assert region.get("compute", f"/servers/{guest}")["server"]["status"] == "ACTIVE"
    region.delete("network", f"/v2.0/floatingips/{address['id']}")
    region.delete("compute", f"/servers/{guest}")
    until("the server to be gone", lambda: not region.get("compute", "/servers")["servers"])
    until("its usage to wait for home", lambda: site.lent.health()["outbox"] > 0, 15)
