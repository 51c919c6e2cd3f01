"""The same server by the `openstack` command and by openstacksdk, both unmodified, both from clouds.yaml."""

import json
from pathlib import Path

import pytest

from tests.support.node import Node
from tests.support.openstack_cli import allow_ssh, openstack
from tests.support.ssh import Ssh

pytestmark = pytest.mark.host
USER_DATA = "#!/bin/sh\necho it ran > /tmp/ran\n"


def test_the_openstack_command(cloud: Node, keys: Path) -> None:
    """Key, server, rule, floating IP, SSH, then gone: each by the command a person would type."""
    key, data = keys / "cli", keys / "user-data"
    data.write_text(USER_DATA)
    openstack(cloud, "keypair", "create", "cli", "--private-key", str(key))
    key.chmod(0o600)
    allow_ssh(cloud)
    server = openstack(
        cloud, "server", "create", "cli-guest", "--image", "stacklab-guest", "--flavor", "lab.nano", "--network", "lab",
        "--key-name", "cli", "--user-data", str(data), "--property", "colour=blue", "--wait", "-f", "json",
    )  # fmt: skip
    assert server["status"] == "ACTIVE"
    address = str(openstack(cloud, "floating", "ip", "create", "public", "-f", "json")["floating_ip_address"])
    openstack(cloud, "server", "add", "floating", "ip", "cli-guest", address)
    assert cloud.namespaces
    ssh = Ssh(cloud.namespaces.outside, address, key).wait()
    assert ssh.run("hostname") == "cli-guest"
    assert ssh.run("until [ -s /tmp/ran ]; do sleep 0.2; done; cat /tmp/ran") == "it ran"
    meta = json.loads(ssh.run("wget -q -O - http://169.254.169.254/openstack/latest/meta_data.json"))
    assert meta["uuid"] == server["id"]
    assert meta["meta"] == {"colour": "blue"}
    openstack(cloud, "server", "delete", "cli-guest", "--wait")
    openstack(cloud, "floating", "ip", "delete", address)
    openstack(cloud, "keypair", "delete", "cli")


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning", "ignore::DeprecationWarning")  # the SDK's own
def test_openstacksdk(cloud: Node, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own high-level path: create_server(wait, auto_ip=False), floating IP, config drive."""
    import openstack as sdk

    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.state / "clouds.yaml"))
    connection = sdk.connect(cloud="stacklab-admin")
    made = connection.compute.create_keypair(name="sdk")
    key = keys / "sdk"
    key.write_text(made.private_key)
    key.chmod(0o600)
    allow_ssh(cloud)
    server = connection.create_server(
        "sdk-guest", image="stacklab-guest", flavor="lab.nano", network="lab", key_name="sdk", config_drive=True,
        userdata=USER_DATA, wait=True, auto_ip=False, timeout=120,
    )  # fmt: skip
    address = connection.create_floating_ip(network="public", server=server, wait=True).floating_ip_address
    assert cloud.namespaces
    ssh = Ssh(cloud.namespaces.outside, address, key).wait()
    assert ssh.run("hostname") == "sdk-guest"
    assert ssh.run("until [ -s /tmp/ran ]; do sleep 0.2; done; cat /tmp/ran") == "it ran"
    assert "config-2" in ssh.run("sudo blkid")
    assert "login" in connection.compute.get_server_console_output(server)["output"]
    connection.delete_server(server.id, wait=True, timeout=60, delete_ips=True)
    connection.compute.delete_keypair("sdk")
    assert connection.compute.find_server("sdk-guest") is None
    connection.close()
