"""A process that has libvirt hold our definitions against its schema, which costs too much to do for every server."""

import sys
from pathlib import Path

import libvirt
from msgspec.structs import replace

from stacklab.host.hypervisor.embed.connection import open_embedded
from stacklab.host.hypervisor.embed.domain_xml import Machine, domain_xml
from stacklab.host.hypervisor.embed.reaper import Reaper
from stacklab.host.hypervisor.spec import DiskSpec, NicSpec
from tests.support.hypervisors import new_spec


def main(state: Path) -> None:
    drive = DiskSpec(state / "config.iso", "hda", "raw", "cdrom", read_only=True)
    spec = new_spec(state, "idle", (NicSpec("slt-x", "52:54:00:5a:00:01", "sl-none", 1450),))
    spec = replace(spec, disks=(*spec.disks, drive))
    with Reaper().alert():
        connection = open_embedded(state / "libvirt")
        machine = Machine("tcg", "/usr/bin/qemu-system-x86_64", state)
        connection.defineXMLFlags(domain_xml(spec, machine), libvirt.VIR_DOMAIN_DEFINE_VALIDATE).undefine()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
