"""The built image, booted: what a person and Tempest find in it."""

import pytest

from stacklab.host.guest import cache_dir, default_image, recipe
from tests.support.guest_vm import Guest

pytestmark = pytest.mark.host

STEPS = ["kernel", "root", "network", "metadata", "ssh", "user-data", "boot"]
COMMANDS = ("sudo", "ip", "lsblk", "mount", "mkfs", "mkfs.ext4", "wget", "nc", "ping", "ping6", "udhcpc")


def test_image_is_small_and_where_the_server_looks(guest: Guest) -> None:
    assert default_image().parent == cache_dir()
    assert default_image().stat().st_size <= recipe.MAX_IMAGE_BYTES


def test_boot_trace_tells_every_step_in_order(guest: Guest) -> None:
    trace = guest.trace()
    assert list(trace) == STEPS
    times = [seconds for seconds, _ in trace.values()]
    assert times == sorted(times)
    assert trace["network"][1].startswith("eth0=10.0.2.")
    assert trace["user-data"][1] == "exit=0"


def test_hostname_and_key_come_from_the_config_drive(guest: Guest) -> None:
    assert guest.ssh("hostname") == "first-guest"
    assert guest.trace()["metadata"][1] == "config-drive hostname=first-guest keys=1"


def test_user_data_ran_as_root(guest: Guest) -> None:
    assert guest.ssh("cat /var/lib/user-data-ran") == "seen by root"
    assert "hello from user-data" in guest.console


def test_lab_is_root_by_sudo(guest: Guest) -> None:
    assert guest.ssh("id -un; sudo id -un; sudo -n sh -c 'echo \"$1\"' x 'two  words'") == "lab\nroot\ntwo  words"


def test_disk_has_grown_to_its_flavor(guest: Guest) -> None:
    assert int(guest.ssh("df -m / | awk 'NR == 2 { print $2 }'")) > 900


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_people_and_tempest_need(guest: Guest, command: str) -> None:
    assert guest.ssh(f"PATH=$PATH:/sbin:/usr/sbin command -v {command}")


def test_file_system_on_a_new_disk(guest: Guest) -> None:
    make = "truncate -s 16M /tmp/disk && /sbin/mkfs.ext4 -q -F /tmp/disk && sudo mkfs -t ext3 /tmp/disk && lsblk"
    assert "vda1" in guest.ssh(make)


def test_network_card_plugged_in_gets_an_address(guest: Guest) -> None:
    guest.monitor("netdev_add user,id=n2,net=10.9.0.0/24", "device_add virtio-net-pci,netdev=n2,romfile=")
    look = "ip -4 -o addr show dev eth1 2>/dev/null | grep -o '10.9.0.[0-9]*/24'"
    assert guest.ssh(f"for i in $(seq 60); do {look} && exit; sleep 0.5; done") == "10.9.0.15/24"


def test_power_button_powers_off(guest: Guest) -> None:
    """Last in the module: the guest is gone afterwards."""
    guest.monitor("system_powerdown")
    guest.wait_for("power button", 30)
    assert guest.process.wait(timeout=60) == 0
