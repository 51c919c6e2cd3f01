"""qemu-img on bytes that others wrote: as whom it runs, and what it reaches."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacklab.host.disks import untrusted
from stacklab.host.disks.run import LOOK, run
from stacklab.host.disks.spec import DiskError
from stacklab.host.hypervisor.account import Account
from tests.support.disk_images import MIB
from tests.support.folders import passable_folder

pytestmark = pytest.mark.host

NOBODY = Account("nobody", 65534, 65534, 65534, (65534,))
US = Account("root", os.geteuid(), os.getegid(), os.getegid(), (os.getegid(),))
SECRET = b"secret".ljust(512, b"!") * (MIB // 512)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Everybody can pass through it, so that it is the files' own rights which are tried."""
    with passable_folder() as made:
        yield made


@pytest.fixture
def secret(folder: Path) -> Path:
    """Somebody else's image, as uploads are kept: for root alone."""
    path = folder / "secret"
    path.write_bytes(SECRET)
    path.chmod(0o600)
    return path


def qemu_img(*words: object) -> None:
    subprocess.run(["qemu-img", *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def content(folder: Path, disk: Path) -> bytes:
    qemu_img("convert", "-f", "qcow2", "-O", "raw", disk, folder / "content")
    return (folder / "content").read_bytes()


def extents_elsewhere(path: Path, named: Path) -> Path:
    """A VMDK that is only a description, of a disk whose bytes are another file's."""
    head = '# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\n'
    path.write_text(f'{head}RW {MIB // 512} FLAT "{named}" 0\n')
    return path


def test_it_is_the_guests_user_without_rights_groups_or_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKLAB_SECRET", "hunter2")
    status = run(["cat", "/proc/self/status", "/proc/self/environ"], LOOK, NOBODY).decode()
    told = {line.partition(":")[0]: line.partition(":")[2].split() for line in status.splitlines()}
    assert (told["Uid"], told["Gid"], told["Groups"]) == (["65534"] * 4, ["65534"] * 4, [])
    assert (int(told["CapPrm"][0], 16), int(told["CapEff"][0], 16), told["NoNewPrivs"]) == (0, 0, ["1"])
    assert "hunter2" not in status


def test_where_guests_are_root_it_is_too() -> None:
    assert run(["id", "-u"], LOOK, US) == f"{os.geteuid()}\n".encode()


@pytest.mark.parametrize("format", ["vmdk", "vdi", "vpc", "vhdx", "raw"])
def test_an_upload_in_a_closed_folder_is_converted(tmp_path: Path, secret: Path, format: str) -> None:
    upload, made = tmp_path / "upload", tmp_path / "made"
    qemu_img("convert", "-f", "raw", "-O", format, secret, upload)
    tmp_path.chmod(0o700)
    upload.chmod(0o600)
    size = untrusted.virtual_size(upload, format, NOBODY)
    untrusted.convert(upload, format, made, NOBODY)
    assert size >= MIB
    assert content(tmp_path, made) == SECRET.ljust(size, b"\0")
    assert (upload.stat().st_uid, made.stat().st_uid) == (os.geteuid(), os.geteuid())


def test_files_it_was_not_handed_stay_closed(folder: Path, secret: Path) -> None:
    upload = extents_elsewhere(folder / "upload", secret)
    with pytest.raises(DiskError):
        untrusted.convert(upload, "vmdk", folder / "made", NOBODY)
    with pytest.raises(DiskError):
        run(["cat", str(secret)], LOOK, NOBODY)


def test_an_image_lent_before_stays_behind_its_closed_folder(folder: Path, secret: Path) -> None:
    images = folder / "images"
    images.mkdir(mode=0o700)
    NOBODY.lend(secret.rename(images / "earlier"))
    upload = extents_elsewhere(images / "upload", images / "earlier")
    with pytest.raises(DiskError):
        untrusted.convert(upload, "vmdk", folder / "made", NOBODY)


def test_the_same_image_would_reach_them_as_root(folder: Path, secret: Path) -> None:
    untrusted.convert(extents_elsewhere(folder / "upload", secret), "vmdk", folder / "made", US)
    assert content(folder, folder / "made") == SECRET


@pytest.mark.parametrize("account", [NOBODY, US], ids=["guests", "root"])
def test_a_backing_file_is_never_followed(folder: Path, secret: Path, account: Account) -> None:
    upload = folder / "upload"
    qemu_img("create", "-q", "-f", "qcow2", "-F", "raw", "-b", secret, upload)
    untrusted.convert(upload, "qcow2", folder / "made", account)
    assert content(folder, folder / "made") == bytes(MIB)


def test_a_disk_grows_on_what_backs_it(folder: Path, secret: Path) -> None:
    disk = folder / "disk"
    qemu_img("create", "-q", "-f", "qcow2", "-F", "raw", "-b", secret, disk)
    untrusted.grow(disk, 2 * MIB, NOBODY)
    assert content(folder, disk) == SECRET.ljust(2 * MIB, b"\0")
