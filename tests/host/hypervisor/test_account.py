"""Who guests run as, and what is lent to whom."""

import grp
import os
import pwd
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from stacklab.host.hypervisor import account
from stacklab.host.hypervisor.account import Account, guest_account

LIBVIRT = pwd.struct_passwd(("libvirt-qemu", "x", 64055, 107, "", "/", "/bin/false"))
QEMU = pwd.struct_passwd(("qemu", "x", 77, 78, "", "/", "/bin/false"))
OWN_GROUP = grp.struct_group(("libvirt-qemu", "x", 64055, []))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, pwd.struct_passwd]:
    """A machine with these users, seen by root; `libvirt-qemu` is also in the group of its name."""
    users: dict[str, pwd.struct_passwd] = {}
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", users.__getitem__)
    monkeypatch.setattr(grp, "getgrnam", {"libvirt-qemu": OWN_GROUP}.__getitem__)
    monkeypatch.setattr(os, "getgrouplist", lambda name, gid: [gid, 64055] if name == "libvirt-qemu" else [gid])
    return users


def device(folder: Path, mode: int) -> Path:
    made = folder / "kvm"
    made.touch()
    made.chmod(mode)
    return made


def test_the_first_account_that_exists_is_taken(machine: dict[str, pwd.struct_passwd], tmp_path: Path) -> None:
    machine["qemu"] = QEMU
    assert guest_account(device=tmp_path / "none") == Account("qemu", 77, 78, 78, (78,))
    machine["libvirt-qemu"] = LIBVIRT
    assert guest_account(device=tmp_path / "none").name == "libvirt-qemu"
    assert guest_account(device=tmp_path / "none").why == "guests run as the user libvirt-qemu"


def test_things_are_lent_to_the_group_that_nobody_else_is_in(
    machine: dict[str, pwd.struct_passwd], tmp_path: Path
) -> None:
    machine["libvirt-qemu"] = LIBVIRT
    found = guest_account(device=tmp_path / "none")
    assert (found.gid, set(found.groups)) == (64055, {107, 64055})


def test_where_no_account_exists_it_is_root_and_said(machine: dict[str, pwd.struct_passwd]) -> None:
    assert machine == {}
    assert guest_account().uid == 0
    assert guest_account().why.startswith("guests run as root, which is unsafe: none of the users libvirt-qemu, qemu")


@pytest.mark.parametrize(("mode", "is_used"), [(0o660, True), (0o666, True), (0o600, False), (0o644, False)])
def test_qemus_group_is_the_one_that_may_use_kvm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: int, is_used: bool
) -> None:
    kvm = device(tmp_path, mode)
    monkeypatch.setattr(Path, "stat", lambda _self: os.stat_result((0o20000 | mode, 0, 0, 0, 0, 992, *[0] * 4)))
    assert account._group_of(kvm, 5) == (992 if is_used else 5)


def test_a_device_of_roots_group_gives_nobody_that_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kvm = device(tmp_path, 0o660)
    monkeypatch.setattr(Path, "stat", lambda _self: os.stat_result((0o20660, 0, 0, 0, 0, 0, *[0] * 4)))
    assert account._group_of(kvm, 5) == 5


@pytest.mark.parametrize(("mode", "group", "is_adopted"), [(0o600, 0, True), (0o660, 0, False), (0o600, 992, False)])
def test_a_device_that_nobody_manages_is_the_guests_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: int, group: int, is_adopted: bool
) -> None:
    kvm, given = device(tmp_path, mode), dict[Path, int]()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, _user, to: given.update({path: to}))
    monkeypatch.setattr(account, "guest_account", lambda device: Account("qemu", 77, 78, 78, (78, 79)))
    monkeypatch.setattr(grp, "getgrnam", lambda _name: SimpleNamespace(gr_gid=79))
    monkeypatch.setattr(Path, "stat", lambda _self, **_: os.stat_result((0o20000 | mode, 0, 0, 0, 0, group, *[0] * 4)))
    account.adopt_device(kvm)
    monkeypatch.undo()
    assert given == ({kvm: 79} if is_adopted else {})
    assert kvm.stat().st_mode & 0o777 == (0o660 if is_adopted else mode)


def test_lending(tmp_path: Path) -> None:
    me = Account("me", os.geteuid(), os.getegid(), os.getegid(), (os.getegid(),))
    file = tmp_path / "file"
    for writable, mode in ((False, 0o640), (True, 0o660)):
        file.touch()
        me.lend(file, writable)
        assert stat.S_IMODE(file.stat().st_mode) == mode
    me.lend_way(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o710


@pytest.mark.host
def test_a_barrier_is_the_first_folder_that_stops_the_account(tmp_path: Path) -> None:
    """pytest's folders are root's only; the way to them is open as far as the system's temporary directory."""
    first = next(parent for parent in reversed(tmp_path.parents) if stat.S_IMODE(parent.stat().st_mode) == 0o700)
    assert guest_account().barrier(tmp_path) == first
    assert guest_account().barrier(first.parent) is None
