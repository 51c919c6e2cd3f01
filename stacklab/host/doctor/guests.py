"""Checks of what runs guests: QEMU, KVM, libvirt inside a process, and the image they start from."""

import importlib.util
import os
import sys
import tempfile

from stacklab.host.doctor.finding import Finding, Subject, broken, missing, present
from stacklab.host.doctor.tools import ask, find, first_line, nearest
from stacklab.host.hypervisor import account, probe

INSTALL_QEMU = "apt-get install qemu-system-x86 qemu-utils"
QCOW2_MAGIC = b"QFI\xfb"
MIB = 1024 * 1024


def qemu(_: Subject) -> Finding:
    """The emulator and the disk tool start and say their versions."""
    for program in (probe.EMULATOR, "qemu-img"):
        path = find(program)
        if path is None:
            return missing(f"{program} is not installed", INSTALL_QEMU)
        works, said = ask(path, "--version")
        if not works:
            return broken(f"{program} does not start: {first_line(said)}", f"{INSTALL_QEMU} --reinstall")
    return present(first_line(ask(probe.EMULATOR, "--version")[1]))


def kvm(_: Subject) -> Finding:
    """A guest of one sector boots under KVM: the device file alone proves nothing."""
    if find(probe.EMULATOR) is None:
        return missing("cannot be tried without QEMU", INSTALL_QEMU)
    if not account.KVM_DEVICE.exists():
        return missing(
            f"{account.KVM_DEVICE} does not exist; guests run translated, slower", "modprobe -a kvm_intel kvm_amd"
        )
    best = probe.best_accelerator()
    return present(best.why) if best.name == "kvm" else broken(best.why)


def libvirt_embed(_: Subject) -> Finding:
    """libvirt's QEMU driver opens inside a process of its own, on a directory that is thrown away."""
    if importlib.util.find_spec("libvirt") is None:
        return missing("the Python module libvirt is not installed", "make install")
    with tempfile.TemporaryDirectory(prefix="sl-doctor-") as root:
        works, said = ask(sys.executable, "-m", "stacklab.host.doctor.open_embedded", root)
    if not works:
        last = said.splitlines()[-1] if said else "no reason given"
        return broken(last, "apt-get install libvirt-daemon-system libvirt-daemon-driver-qemu")
    return present(said)


def guest_account(subject: Subject) -> Finding:
    """Guests run as a user without rights, and that user gets through to the state directory."""
    user = account.guest_account()
    if os.geteuid() != 0:
        return missing("cannot be tried without being root", "sudo stacklab doctor")
    if user.uid == 0:
        return missing(user.why, f"apt-get install {account.PACKAGE}")
    if closed := user.barrier(nearest(subject.state.parent)):
        return broken(f"the user {user.name}, as whom guests run, may not enter {closed}", f"chmod o+x {closed}")
    return present(user.why)


def guest_image(subject: Subject) -> Finding:
    """The image the first start offers is there and is a qcow2."""
    image = subject.guest_image
    if not image.exists():
        return missing(f"{image} does not exist", "make install")
    with image.open("rb") as file:
        if file.read(4) != QCOW2_MAGIC:
            return broken(f"{image} is not a qcow2 image", f"rm {image} && make install")
    size = image.stat().st_size / MIB
    return present(f"{image}, {size:.1f} MiB")
