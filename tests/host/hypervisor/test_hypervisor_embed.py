"""The pieces of the libvirt driver that need no guest: XML, facts, sentences, the reaper."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from stacklab.host.hypervisor.spec import DiskSpec, DomainSpec, NicSpec, Power

pytestmark = pytest.mark.host

ID = "0b7c9a52-3333-4000-8000-000000000003"
SPEC = DomainSpec(
    ID,
    2,
    256,
    (
        DiskSpec(Path("/state/<a&b>/root.qcow2"), "vda", serial="0123456789abcdefghijKLM"),
        DiskSpec(Path("/state/config.iso"), "hda", "raw", "cdrom"),
    ),
    (NicSpec("sl-t0123456789", "52:54:00:00:00:0B", "sl-b0123456789", 1450),),
    Path("/state/console.log"),
)


def definition(accelerator: str = "tcg") -> ET.Element:
    from stacklab.host.hypervisor.embed.domain_xml import Machine, domain_xml

    return ET.fromstring(domain_xml(SPEC, Machine(accelerator, "/usr/bin/qemu", Path("/state/serial"))))


def found(path: str, attribute: str, accelerator: str = "tcg") -> str | None:
    element = definition(accelerator).find(path)
    assert element is not None, path
    return element.get(attribute)


@pytest.mark.parametrize(
    ("path", "attribute", "value"),
    [
        (".", "type", "qemu"),
        ("os/type", "machine", "pc"),
        ("cpu", "mode", "maximum"),
        ("devices/disk[1]/source", "file", "/state/<a&b>/root.qcow2"),
        ("devices/disk[1]/target", "bus", "virtio"),
        ("devices/disk[1]/driver", "type", "qcow2"),
        ("devices/disk[2]", "device", "cdrom"),
        ("devices/disk[2]/target", "bus", "ide"),
        ("devices/interface/source", "bridge", "sl-b0123456789"),
        ("devices/interface/target", "dev", "sl-t0123456789"),
        ("devices/interface/mtu", "size", "1450"),
        ("devices/serial/source", "path", f"/state/serial/{ID}.sock"),
        ("devices/serial/log", "file", "/state/console.log"),
        ("devices/graphics", "listen", "127.0.0.1"),
        ("devices/rng", "model", "virtio"),
        ("devices/memballoon", "model", "virtio"),
    ],
)
def test_definition(path: str, attribute: str, value: str) -> None:
    assert found(path, attribute) == value


def test_a_definition_names_server_and_size() -> None:
    texts = {tag: definition().findtext(tag) for tag in ("name", "uuid", "memory", "vcpu", "features/tcg/tb-cache")}
    assert texts == {
        "name": f"sl-{ID}",
        "uuid": ID,
        "memory": "256",
        "vcpu": "2",
        "features/tcg/tb-cache": "64",
    }


def test_with_kvm_guests_see_the_host_processor() -> None:
    assert (found(".", "type", "kvm"), found("cpu", "mode", "kvm")) == ("kvm", "host-passthrough")
    assert definition("kvm").find("features/tcg") is None


def test_a_serial_number_is_cut_to_what_virtio_shows_and_a_cdrom_is_read_only() -> None:
    disks = definition().findall("devices/disk")
    assert disks[0].findtext("serial") == "0123456789abcdefghij"
    assert [disk.find("readonly") is not None for disk in disks] == [False, True]


def test_facts_are_read_back_from_a_definition() -> None:
    from stacklab.host.hypervisor.embed import domain_facts

    xml = ET.tostring(definition(), encoding="unicode")
    assert domain_facts.taps(xml) == ("sl-t0123456789",)
    assert domain_facts.console_files(xml) == (Path("/state/console.log"), Path(f"/state/serial/{ID}.sock"))
    assert domain_facts.websocket_port(xml) is None
    assert domain_facts.websocket_port(xml.replace('websocket="-1"', 'websocket="5701"')) == 5701
    assert "sl-t0123456789" in (domain_facts.nic_of(xml, "52:54:00:00:00:0b") or "")
    assert domain_facts.nic_of(xml, "52:54:00:00:00:0c") is None


@pytest.mark.parametrize(
    ("state", "power"),
    [(1, Power.RUNNING), (2, Power.RUNNING), (3, Power.PAUSED), (4, Power.RUNNING), (5, Power.OFF), (6, Power.CRASHED)],
)
def test_power_of_state(state: int, power: Power) -> None:
    from stacklab.host.hypervisor.embed.domain_facts import power_of_state

    assert power_of_state(state) is power


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("internal error: cannot set up guest memory 'pc.ram': Cannot allocate memory", "not enough free memory"),
        ("Cannot get interface MTU on 'sl-b01': No such device", "network is not set up"),
        ('qemu: Failed to get shared "write" lock\nIs another process using the image?', "in use by another"),
        ("Cannot access storage file '/state/x.qcow2': No such file or directory", "disk of this server is missing"),
        ("Timed out during operation: cannot acquire state change lock", "busy"),
        ("something odd about '/state/secret/path' here", "something odd about (a file) here"),
        ("", "no reason given"),
    ],
)
def test_libvirt_refusals_become_sentences_without_paths(message: str, said: str) -> None:
    from stacklab.host.hypervisor.embed.errors import sentence

    text = sentence("started", message)
    assert text.startswith("The server could not be started")
    assert said in text
    assert "/state" not in text


def test_the_reaper_collects_what_it_watches_and_stray_qemus_and_nothing_else() -> None:
    """In a process of its own, which is a subreaper for a while."""
    command = [sys.executable, "-m", "tests.support.reaper_scenario"]
    assert subprocess.run(command, check=False, timeout=30).returncode == 0
