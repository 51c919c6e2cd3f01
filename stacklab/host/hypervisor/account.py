"""The account that guests' QEMU processes run as, and what of ours it is lent.

A guest that breaks out of QEMU is then a user without rights, not root. What it must open belongs to root and is lent
to a group: disks to write, images to read, folders to pass through, nothing to own. So no lender changes what another
lent, however many guests start and stop at once, and libvirt changes owners of nothing (`dynamic_ownership = 0`).
"""

import grp
import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from stacklab.core import log

_log = log.get(__name__)
NAMES = ("libvirt-qemu", "qemu")
"""What libvirt's packages call it: Debian, Ubuntu and Arch; Fedora and its kin, SUSE."""

KVM_DEVICE = Path("/dev/kvm")
PACKAGE = "libvirt-daemon-system"


class Account(Struct, frozen=True):
    """`gid` is the group things are lent to, `process_gid` QEMU's first group, `groups` all that it is in."""

    name: str
    uid: int
    gid: int
    process_gid: int
    groups: tuple[int, ...]

    @property
    def why(self) -> str:
        """A clause for the operator."""
        if self.uid == 0:
            return f"guests run as root, which is unsafe: none of the users {', '.join(NAMES)} exists here"
        return f"guests run as the user {self.name}"

    def lend(self, path: Path, writable: bool = False) -> None:
        """A file to read, or to write too; nobody else can do either."""
        os.chown(path, -1, self.gid)
        path.chmod(0o660 if writable else 0o640)

    def lend_way(self, folder: Path) -> None:
        """A folder to pass through by name, without seeing what is in it."""
        os.chown(folder, -1, self.gid)
        folder.chmod(0o710)

    def run(self, command: Sequence[str], timeout: float) -> int:
        """A command's exit code, run as this account, its output thrown away. Raises as `subprocess.run` does."""
        other = self.uid != os.geteuid()
        done = subprocess.run(
            command,
            user=self.uid if other else None,
            group=self.process_gid if other else None,
            extra_groups=self.groups if other else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
        return done.returncode

    def may(self, what: str, path: Path) -> bool:
        """Whether test(1) agrees; `what` is -r, -w, -x. Tried, because access lists and mounts have a say too."""
        return self.run(["test", what, str(path)], timeout=10) == 0

    def barrier(self, folder: Path) -> Path | None:
        """The first folder on the way to `folder`, itself included, that this account cannot enter."""
        if self.may("-x", folder):
            return None
        return next(step for step in (*reversed(folder.parents), folder) if not self.may("-x", step))


def guest_account(names: Sequence[str] = NAMES, device: Path = KVM_DEVICE) -> Account:
    """The first of `names` that exists, root where none does; an ordinary user's guests are always that user's."""
    if os.geteuid() != 0:
        return _account(pwd.getpwuid(os.geteuid()), device)
    for name in names:
        try:
            return _account(pwd.getpwnam(name), device)
        except KeyError:
            continue
    return Account("root", 0, 0, 0, (0,))


def adopt_device(device: Path = KVM_DEVICE) -> None:
    """Where nobody manages KVM's device, so that it is root's alone (a container without udev), give it to the group
    that udev would.

    libvirt looks for KVM with root's rights and then, before every call, with those of guests: where the answers differ
    it asks QEMU all over again, for half a minute a guest.
    """
    if os.geteuid() != 0 or not device.exists():
        return
    found, account = device.stat(), guest_account(device=device)
    if account.uid == 0 or found.st_gid != 0 or found.st_mode & 0o066:
        return
    try:
        group = grp.getgrnam("kvm").gr_gid
    except KeyError:
        group = account.gid
    os.chown(device, -1, group if group in account.groups else account.gid)
    device.chmod(0o660)
    _log.info("a device was root's alone and is the guests' too now", device=str(device))


def _account(user: pwd.struct_passwd, device: Path) -> Account:
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    gid = _own_group(user, groups)
    process_gid = _group_of(device, gid)
    return Account(user.pw_name, user.pw_uid, gid, process_gid, tuple({*groups, gid, process_gid}))


def _own_group(user: pwd.struct_passwd, groups: list[int]) -> int:
    """The group named like the user, which nobody else is in; `kvm`, Debian's first group of it, may have people."""
    try:
        own = grp.getgrnam(user.pw_name).gr_gid
    except KeyError:
        return user.pw_gid
    return own if own in groups else user.pw_gid


def _group_of(device: Path, otherwise: int) -> int:
    """The device's group, if it may use it: in a container that is the host's, by a number without a name here."""
    try:
        found = device.stat()
    except OSError:
        return otherwise
    return found.st_gid if found.st_gid != 0 and found.st_mode & 0o060 == 0o060 else otherwise
