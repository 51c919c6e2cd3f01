"""An image of a running guest: what was written before is in it, the guest goes on, a new server starts from it."""

from pathlib import Path

import pytest

from tests.support.node import Node
from tests.support.openstack_cli import allow_ssh, openstack
from tests.support.ssh import Ssh

pytestmark = pytest.mark.host


def _guest(cloud: Node, name: str, image: str, key: Path) -> tuple[Ssh, str]:
    """A running server of this image with a floating address."""
    made = openstack(
        cloud, "server", "create", name, "--image", image, "--flavor", "lab.nano", "--network", "lab",
        "--key-name", "snapshots", "--wait", "-f", "json",
    )  # fmt: skip
    assert made["status"] == "ACTIVE", made
    address = str(openstack(cloud, "floating", "ip", "create", "public", "-f", "json")["floating_ip_address"])
    openstack(cloud, "server", "add", "floating", "ip", name, address)
    assert cloud.namespaces
    return Ssh(cloud.namespaces.outside, address, key).wait(), address


def test_what_a_guest_wrote_is_on_the_disk_of_the_next(cloud: Node, keys: Path) -> None:
    key = keys / "snapshots"
    openstack(cloud, "keypair", "create", "snapshots", "--private-key", str(key))
    key.chmod(0o600)
    allow_ssh(cloud)
    first, address = _guest(cloud, "first", "stacklab-guest", key)
    first.run("sudo sh -c 'echo kept > /var/kept'; sync")
    before = first.run("cat /proc/sys/kernel/random/boot_id")

    image = openstack(cloud, "server", "image", "create", "first", "--name", "of first", "--wait", "-f", "json")
    assert (image["name"], image["disk_format"]) == ("of first", "qcow2")
    shown = openstack(cloud, "image", "show", "of first", "-f", "json")
    assert shown["status"] == "active"
    assert first.run("cat /proc/sys/kernel/random/boot_id") == before  # it was never off
    first.run("sudo sh -c 'echo later > /var/later'; sync")

    openstack(cloud, "server", "delete", "first", "--wait")
    second, other = _guest(cloud, "second", "of first", key)
    assert second.run("cat /var/kept; ls /var/later 2>/dev/null || echo none") == "kept\nnone"

    openstack(cloud, "server", "delete", "second", "--wait")
    openstack(cloud, "image", "delete", "of first")
    for leftover in (address, other):
        openstack(cloud, "floating", "ip", "delete", leftover)
    openstack(cloud, "keypair", "delete", "snapshots")
