"""Two guests of two projects: nothing gets in until its port is opened, and a guest can only be itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.client import Client, until
from tests.support.node import Node, run
from tests.support.ssh import Ssh

pytestmark = pytest.mark.host


@dataclass
class Tenant:
    """A stranger who signed up, with one server on the shared network and a floating IP."""

    client: Client
    server: str
    port: dict[str, Any]
    address: str
    floating: str
    key: Path
    group: str

    @contextmanager
    def open(self, port: int) -> Iterator[None]:
        """TCP `port` is open to anyone inside the block."""
        rule = {"protocol": "tcp", "port_range_min": port, "port_range_max": port}
        body = {"security_group_id": self.group, "direction": "ingress", **rule}
        made = self.client.post("/network/v2.0/security-group-rules", {"security_group_rule": body})
        try:
            yield
        finally:
            self.client.delete(f"/network/v2.0/security-group-rules/{made['security_group_rule']['id']}")

    def ssh(self, cloud: Node) -> Ssh:
        """From outside, by the floating IP; port 22 must be open."""
        assert cloud.namespaces
        return Ssh(cloud.namespaces.outside, self.floating, self.key).wait(20)


def newcomer(cloud: Node, name: str, keys: Path) -> Tenant:
    """Sign up, create, and give it an address: what the web page does, by API."""
    email, password = f"{name}-{uuid4().hex[:6]}@example.org", "correct horse battery"
    client = Client(cloud.host, cloud.port, "2.37")
    client.post("/signup", {"email": email, "password": password})
    client.login(email, password)
    project = client.get("/identity/v3/auth/projects")["projects"][0]["name"]
    client.login(email, password, project)
    made = client.post("/compute/v2.1/os-keypairs", {"keypair": {"name": name, "type": "ssh"}})["keypair"]
    key = keys / name
    key.write_text(made["private_key"])
    key.chmod(0o600)
    body = {
        "name": name,
        "imageRef": client.one("/image/v2/images", "images", "stacklab-guest"),
        "flavorRef": client.one("/compute/v2.1/flavors", "flavors", "lab.nano"),
        "networks": "auto",
        "key_name": name,
    }
    server = client.post("/compute/v2.1/servers", {"server": body})["server"]["id"]
    port = client.get(f"/network/v2.0/ports?device_id={server}")["ports"][0]
    public = client.one("/network/v2.0/networks", "networks", "public")
    asked = {"floatingip": {"floating_network_id": public, "port_id": port["id"]}}
    floating = client.post("/network/v2.0/floatingips", asked)["floatingip"]["floating_ip_address"]
    group = client.get("/network/v2.0/security-groups?name=default")["security_groups"][0]["id"]
    return Tenant(client, server, port, port["fixed_ips"][0]["ip_address"], floating, key, group)


@pytest.fixture(scope="module")
def pair(cloud: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tenant, Tenant]]:
    keys = tmp_path_factory.mktemp("keys")
    one, two = newcomer(cloud, "one", keys), newcomer(cloud, "two", keys)
    for tenant in (one, two):
        path = f"/compute/v2.1/servers/{tenant.server}"

        def settled(client: Client = tenant.client, path: str = path) -> Any:
            return client.get(path)["server"]["status"] in ("ACTIVE", "ERROR")

        until("the server to be built", settled)
        server = tenant.client.get(path)["server"]
        assert server["status"] == "ACTIVE", server
        log = f"{path}/action"

        def booted(client: Client = tenant.client, log: str = log) -> bool:
            return "boot finished" in client.post(log, {"os-getConsoleOutput": {}})["output"]

        until("the guest to boot", booted, 120, 0.5)
    yield one, two
    for tenant in (one, two):
        tenant.client.delete(f"/compute/v2.1/servers/{tenant.server}")


def reaches(namespace: str, address: str, port: int) -> bool:
    """True when a TCP connection from a namespace opens within two seconds."""
    code = f"import socket; socket.create_connection(('{address}', {port}), 2)"
    return "rror" not in run("ip", "netns", "exec", namespace, "python3", "-c", code, check=False)


def pings(namespace: str, address: str) -> bool:
    return "1 received" in run("ip", "netns", "exec", namespace, "ping", "-c1", "-W2", address, check=False)


def connects(ssh: Ssh, address: str, port: int) -> bool:
    """The same from inside a guest."""
    return ssh.attempt(f"nc -w 2 {address} {port} </dev/null >/dev/null").returncode == 0


def test_the_default_group_lets_nothing_in_and_a_rule_lets_in_that_port_only(
    cloud: Node, pair: tuple[Tenant, Tenant]
) -> None:
    one, two = pair
    assert cloud.namespaces
    outside = cloud.namespaces.outside
    assert not reaches(outside, one.floating, 22)
    assert not pings(outside, one.floating)
    with one.open(22), two.open(22):
        ssh, other = one.ssh(cloud), two.ssh(cloud)
        ssh.run("(while true; do echo hi | nc -l -p 8080; done) >/dev/null 2>&1 &")
        assert not reaches(outside, one.floating, 8080)
        assert not pings(outside, one.floating)
        assert connects(other, one.address, 22)
        assert not connects(other, one.address, 8080)
        assert other.attempt(f"ping -c1 -W2 {one.address}").returncode != 0
        with one.open(8080):
            until("the opened port", lambda: connects(other, one.address, 8080), 20)
        until("the closed port", lambda: not connects(other, one.address, 8080), 20)
    until("SSH to be closed", lambda: not reaches(outside, one.floating, 22), 20)


def test_a_guest_can_only_be_itself(cloud: Node, pair: tuple[Tenant, Tenant]) -> None:
    """A second address, another MAC: nothing it sends so arrives. It gets its own name back afterwards."""
    one, _two = pair
    with one.open(22):
        ssh = one.ssh(cloud)
        gateway = ssh.run("ip route | sed -n 's/default via \\([0-9.]*\\).*/\\1/p'")
        assert ssh.attempt(f"ping -c1 -W2 {gateway}").returncode == 0
        ssh.run("sudo ip addr add 10.77.200.200/16 dev eth0")
        assert ssh.attempt(f"ping -c1 -W2 -I 10.77.200.200 {gateway}").returncode != 0
        ssh.run("sudo ip addr del 10.77.200.200/16 dev eth0")
        script = (
            "sudo ip link set eth0 address 02:00:00:00:00:99; "
            f"ping -c2 -W2 {gateway} >/tmp/spoof 2>&1; sudo ip link set eth0 address {one.port['mac_address']}"
        )
        ssh.run(f"rm -f /tmp/spoof /tmp/done; ({script}; echo x >/tmp/done) >/dev/null 2>&1 &")
        until("the guest to have its own MAC back", lambda: ssh.attempt("test -s /tmp/done", 10).returncode == 0, 40)
        assert "0 packets received" in ssh.run("cat /tmp/spoof")


def test_metadata_is_ones_own_and_the_hosts_listeners_are_out_of_reach(
    cloud: Node, pair: tuple[Tenant, Tenant]
) -> None:
    one, _two = pair
    with one.open(22):
        ssh = one.ssh(cloud)
        seen = json.loads(ssh.run("wget -q -O - http://169.254.169.254/openstack/latest/meta_data.json"))
        assert seen["uuid"] == one.server
        assert ssh.run("wget -q -O - http://169.254.169.254/latest/meta-data/local-ipv4") == one.address
        assert not connects(ssh, cloud.host, cloud.port)
