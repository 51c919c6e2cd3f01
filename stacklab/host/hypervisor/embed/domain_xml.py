"""A DomainSpec as libvirt domain XML. Built as a tree, so that no value can break out of its place."""

import xml.etree.ElementTree as ET
from pathlib import Path

from msgspec import Struct

from stacklab.host.hypervisor.spec import DiskSpec, DomainSpec, NicSpec

NAME_PREFIX = "sl-"
TRANSLATION_CACHE_MB = 64
"""TCG's default is 1 GiB a guest; at 64 MiB a small guest boots as fast."""

_BUS = {"vd": "virtio", "hd": "ide", "sd": "sata"}  # by the first two letters of the target


class Machine(Struct, frozen=True):
    """What every guest of this host has in common."""

    accelerator: str  # "kvm" or "tcg"
    emulator: str  # path of the QEMU binary
    serial_folder: Path

    def serial_socket(self, domain_id: str) -> Path:
        """Short, because a unix socket's path has 107 bytes at most."""
        return self.serial_folder / f"{domain_id}.sock"


def domain_name(domain_id: str) -> str:
    """The libvirt name of a server's domain; also the name of its files below libvirt's root."""
    return NAME_PREFIX + domain_id


def domain_xml(spec: DomainSpec, machine: Machine) -> str:
    """The persistent definition of a guest."""
    domain = ET.Element("domain", type="kvm" if machine.accelerator == "kvm" else "qemu")
    _text(domain, "name", domain_name(spec.id))
    _text(domain, "uuid", spec.id)
    _text(domain, "memory", str(spec.memory_mb), unit="MiB")
    _text(domain, "vcpu", str(spec.vcpus))
    _boot(domain)
    _processor(domain, machine)
    _text(domain, "on_poweroff", "destroy")
    _text(domain, "on_reboot", "restart")
    _text(domain, "on_crash", "destroy")
    _no_sleep(domain)
    devices = ET.SubElement(domain, "devices")
    _text(devices, "emulator", machine.emulator)
    devices.extend(disk_element(disk) for disk in spec.disks)
    devices.extend(nic_element(nic) for nic in spec.nics)
    _serial(devices, machine.serial_socket(spec.id), spec.console_log)
    _screen(devices)
    _helpers(devices)
    return ET.tostring(domain, encoding="unicode")


def disk_element(disk: DiskSpec) -> ET.Element:
    """One disk; guests may discard, so deleted files give their space back to the host."""
    element = ET.Element("disk", type="file", device=disk.device)
    ET.SubElement(element, "driver", name="qemu", type=disk.format, cache="writeback", discard="unmap")
    ET.SubElement(element, "source", file=str(disk.path))
    ET.SubElement(element, "target", dev=disk.target, bus=_BUS[disk.target[:2]])
    if disk.serial:
        _text(element, "serial", disk.serial[:20])
    if disk.read_only or disk.device == "cdrom":
        ET.SubElement(element, "readonly")
    return element


def nic_element(nic: NicSpec) -> ET.Element:
    """One network card. Without its option ROM: nobody boots from the network here, and the BIOS is faster."""
    element = ET.Element("interface", type="bridge")
    ET.SubElement(element, "mac", address=nic.mac)
    ET.SubElement(element, "source", bridge=nic.bridge)
    ET.SubElement(element, "target", dev=nic.tap)
    ET.SubElement(element, "model", type="virtio")
    ET.SubElement(element, "mtu", size=str(nic.mtu))
    ET.SubElement(element, "rom", enabled="no")
    return element


def _boot(domain: ET.Element) -> None:
    os = ET.SubElement(domain, "os")
    _text(os, "type", "hvm", arch="x86_64", machine="pc")
    ET.SubElement(os, "boot", dev="hd")


def _processor(domain: ET.Element, machine: Machine) -> None:
    """The most capable model the accelerator has: distributions built for x86-64-v2 and later must boot."""
    features = ET.SubElement(domain, "features")
    ET.SubElement(features, "acpi")
    ET.SubElement(features, "apic")
    if machine.accelerator == "kvm":
        ET.SubElement(domain, "cpu", mode="host-passthrough")
        return
    cache = ET.SubElement(features, "tcg")
    _text(cache, "tb-cache", str(TRANSLATION_CACHE_MB), unit="MiB")
    ET.SubElement(domain, "cpu", mode="maximum")


def _no_sleep(domain: ET.Element) -> None:
    """A guest that suspends itself to memory could be woken by nobody: the APIs have no such state."""
    power = ET.SubElement(domain, "pm")
    ET.SubElement(power, "suspend-to-mem", enabled="no")
    ET.SubElement(power, "suspend-to-disk", enabled="no")


def _serial(devices: ET.Element, socket: Path, log: Path) -> None:
    """COM1: a socket for whoever types, a log file for whoever reads later."""
    serial = ET.SubElement(devices, "serial", type="unix")
    ET.SubElement(serial, "source", mode="bind", path=str(socket))
    ET.SubElement(serial, "log", file=str(log), append="on")
    ET.SubElement(serial, "target", port="0")


def _screen(devices: ET.Element) -> None:
    """VNC on loopback only, with QEMU's own WebSocket; libvirt picks free ports."""
    graphics = ET.SubElement(devices, "graphics", type="vnc", port="-1", autoport="yes", websocket="-1")
    graphics.set("listen", "127.0.0.1")
    video = ET.SubElement(devices, "video")
    ET.SubElement(video, "model", type="vga")


def _helpers(devices: ET.Element) -> None:
    """Entropy for young guests, and a balloon that reports memory statistics every 5 s."""
    rng = ET.SubElement(devices, "rng", model="virtio")
    _text(rng, "backend", "/dev/urandom", model="random")
    balloon = ET.SubElement(devices, "memballoon", model="virtio")
    ET.SubElement(balloon, "stats", period="5")


def _text(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = text
