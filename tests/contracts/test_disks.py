"""What every disk driver promises, asked of each of them."""

import os
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stacklab.host.disks.choose import DRIVERS
from stacklab.host.disks.qcow import QcowDisks
from stacklab.host.disks.spec import DiskError, Disks, UnsafeImage
from stacklab.host.hypervisor.account import guest_account
from tests.support import disk_images as images
from tests.support.hostile_images import HOSTILE

KINDS = ["simulated", pytest.param("qcow", marks=pytest.mark.host)]
ID, OTHER = "0b7c9a52-0000-4000-8000-000000000001", "0b7c9a52-0000-4000-8000-000000000002"
GIB = 1 << 30

Image = Callable[[bytes], Path]


@pytest.fixture(params=KINDS)
def disks(request: pytest.FixtureRequest, tmp_path: Path) -> Disks:
    return DRIVERS[request.param](tmp_path / "disks")


@pytest.fixture
def image(tmp_path: Path) -> Image:
    def write(content: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def base(disks: Disks, image: Image) -> Path:
    return disks.ensure_base(image(images.partitioned()), "raw", "base-1")


class TestInspect:
    @pytest.mark.parametrize("what", HOSTILE)
    def test_hostile_images_are_refused_with_the_reason(self, disks: Disks, image: Image, what: str) -> None:
        declared, content, reason = HOSTILE[what]
        with pytest.raises(UnsafeImage, match=reason):
            disks.inspect(image(content), declared)

    @pytest.mark.parametrize("content", [images.partitioned(), b"", b"x" * 100, images.iso(hybrid=True)])
    def test_raw_is_what_has_no_structure(self, disks: Disks, image: Image, content: bytes) -> None:
        facts = disks.inspect(image(content), "raw")
        assert (facts.format, facts.virtual_size) == ("raw", len(content))

    def test_an_iso_is_as_large_as_its_file(self, disks: Disks, image: Image) -> None:
        facts = disks.inspect(image(images.iso()), "iso")
        assert (facts.format, facts.virtual_size) == ("iso", 64 << 10)

    @pytest.mark.host
    @pytest.mark.parametrize("what", images.QEMU_FORMATS)
    def test_real_images_are_known(self, disks: Disks, tmp_path: Path, what: str) -> None:
        declared = images.qemu_image(tmp_path / "upload", what)
        facts = disks.inspect(tmp_path / "upload", declared)
        assert (facts.format, facts.virtual_size) == (declared, images.SIZE)

    @pytest.mark.host
    @pytest.mark.parametrize("what", images.QEMU_FORMATS)
    def test_real_images_are_not_raw(self, disks: Disks, tmp_path: Path, what: str) -> None:
        images.qemu_image(tmp_path / "upload", what)
        with pytest.raises(UnsafeImage):
            disks.inspect(tmp_path / "upload", "raw")


class TestBases:
    def test_a_base_is_made_once(self, disks: Disks, image: Image) -> None:
        source = image(images.partitioned())
        first = disks.ensure_base(source, "raw", "base-1")
        inode = first.stat().st_ino
        assert disks.ensure_base(source, "raw", "base-1") == first
        assert first.stat().st_ino == inode
        assert first.read_bytes() == source.read_bytes()

    def test_a_base_outlives_the_image_it_came_from(self, disks: Disks, image: Image, base: Path) -> None:
        image(b"").unlink()
        assert disks.ensure_root(ID, base, "raw", 1).exists()

    def test_removing_a_base_may_be_repeated(self, disks: Disks, base: Path) -> None:
        disks.remove_base("base-1")
        disks.remove_base("base-1")
        assert not base.exists()

    @pytest.mark.parametrize("format", ["ova", "docker", "ploop", "nonsense"])
    def test_what_cannot_boot_says_so(self, disks: Disks, image: Image, format: str) -> None:
        with pytest.raises(DiskError, match=f"format {format} cannot be booted"):
            disks.ensure_base(image(b"x"), format, "base-2")

    @pytest.mark.parametrize("what", ["a backing file", "a data file", "a VMDK of extents", "qcow2 called raw"])
    def test_a_hostile_image_never_becomes_a_base(self, disks: Disks, image: Image, what: str) -> None:
        declared, content, reason = HOSTILE[what]
        with pytest.raises(DiskError, match=reason):
            disks.ensure_base(image(content), declared, "base-2")

    @pytest.mark.host
    @pytest.mark.parametrize("what", images.QEMU_FORMATS)
    def test_every_format_becomes_a_root_disk(self, disks: Disks, tmp_path: Path, what: str) -> None:
        declared = images.qemu_image(tmp_path / "upload", what)
        base = disks.ensure_base(tmp_path / "upload", declared, "base-3")
        assert root_size(disks, disks.ensure_root(ID, base, declared, 0)) == images.SIZE


class TestRoots:
    def test_a_root_disk_has_the_size_of_the_flavor(self, disks: Disks, base: Path) -> None:
        assert root_size(disks, disks.ensure_root(ID, base, "raw", 2)) == 2 * GIB

    def test_zero_means_as_large_as_the_image(self, disks: Disks, base: Path) -> None:
        assert root_size(disks, disks.ensure_root(ID, base, "raw", 0)) == images.MIB

    def test_again_it_is_the_same_and_never_shrinks(self, disks: Disks, base: Path) -> None:
        first = disks.ensure_root(ID, base, "raw", 2)
        assert disks.ensure_root(ID, base, "raw", 1) == first
        assert root_size(disks, first) == 2 * GIB

    def test_a_larger_flavor_grows_it(self, disks: Disks, base: Path) -> None:
        root = disks.ensure_root(ID, base, "raw", 1)
        disks.ensure_root(ID, base, "raw", 3)
        assert root_size(disks, root) == 3 * GIB

    def test_an_image_larger_than_the_flavor_is_an_error_in_words(self, disks: Disks, image: Image) -> None:
        base = disks.ensure_base(image(images.qcow2(size=5 * GIB)), "qcow2", "base-4")
        with pytest.raises(DiskError, match="needs a disk of 5 GB, the flavor has 1 GB"):
            disks.ensure_root(ID, base, "qcow2", 1)
        assert disks.known() <= {ID}

    def test_it_costs_next_to_nothing(self, disks: Disks, base: Path) -> None:
        assert disks.ensure_root(ID, base, "raw", 100).stat().st_blocks * 512 < images.MIB


class TestCopies:
    def test_a_copy_stands_without_its_base(self, disks: Disks, image: Image, base: Path, tmp_path: Path) -> None:
        disks.ensure_root(ID, base, "raw", 1)
        disks.copy_root(ID)
        made = disks.flatten_copy(ID, "base-1", tmp_path / "made", GIB)
        content = base.read_bytes()
        disks.remove(ID)
        disks.remove_base("base-1")
        assert not disks.inspect(tmp_path / "made", made).backing_file
        assert images.raw(tmp_path / "made", made)[: len(content)] == content

    @pytest.mark.host
    def test_what_the_guest_wrote_is_in_it_and_what_it_writes_later_is_not(
        self, disks: Disks, base: Path, tmp_path: Path
    ) -> None:
        if not isinstance(disks, QcowDisks):
            return
        root = disks.ensure_root(ID, base, "raw", 1)
        images.write(root, at=2 << 20, byte=7)
        disks.copy_root(ID)
        images.write(root, at=2 << 20, byte=8)
        assert disks.flatten_copy(ID, "base-1", tmp_path / "made", GIB) == "qcow2"
        assert images.virtual_size(tmp_path / "made") == GIB
        assert images.raw(tmp_path / "made", "qcow2")[2 << 20] == 7

    def test_nothing_is_left_of_one_that_is_too_large(self, disks: Disks, base: Path, tmp_path: Path) -> None:
        root = disks.ensure_root(ID, base, "raw", 1)
        disks.copy_root(ID)
        with pytest.raises(DiskError):
            disks.flatten_copy(ID, "base-1", tmp_path / "made", 1000)
        assert not (tmp_path / "made").exists()
        assert list(root.parent.iterdir()) == [root]

    def test_a_server_without_a_disk(self, disks: Disks) -> None:
        with pytest.raises(DiskError, match="no disk"):
            disks.copy_root(ID)


class TestRemoving:
    def test_nothing_is_left_and_again_is_no_error(self, disks: Disks, base: Path) -> None:
        root = disks.ensure_root(ID, base, "raw", 1)
        other = disks.ensure_root(OTHER, base, "raw", 1)
        drive = disks.ensure_config_drive(ID, {"openstack/latest/meta_data.json": b"{}"})
        assert disks.known() == {ID, OTHER}
        disks.remove(ID)
        disks.remove(ID)
        assert disks.known() == {OTHER}
        assert (root.exists(), drive.exists(), other.exists(), base.exists()) == (False, False, True, True)

    def test_what_a_killed_process_left_is_swept_at_the_next_start(self, disks: Disks, tmp_path: Path) -> None:
        gone = tmp_path / "disks" / "servers" / f".{ID}.gone"
        gone.mkdir()
        part = tmp_path / "disks" / "bases" / ".base.qcow2.part"
        part.touch()
        assert disks.known() == set()
        type(disks)(tmp_path / "disks")  # type: ignore[call-arg]
        assert (gone.exists(), part.exists()) == (False, False)


class TestConfigDrive:
    FILES = {
        "openstack/latest/meta_data.json": b'{"uuid": "x"}',
        "ec2/latest/user-data": b"\x00#!\xff",
        "openstack/2012-08-10/user_data": b"",
    }

    def test_its_files_come_back(self, disks: Disks) -> None:
        assert drive_files(disks.ensure_config_drive(ID, self.FILES)) == self.FILES

    def test_again_it_has_the_new_files(self, disks: Disks) -> None:
        disks.ensure_config_drive(ID, {"old": b"1"})
        assert drive_files(disks.ensure_config_drive(ID, {"new": b"2"})) == {"new": b"2"}

    @pytest.mark.parametrize("name", ["../escape", "/etc/passwd", "a/../../b", ""])
    def test_a_name_that_leaves_the_drive_is_refused(self, disks: Disks, name: str) -> None:
        with pytest.raises(ValueError, match="not a file name inside"):
            disks.ensure_config_drive(ID, {name: b"x"})


def test_space_is_known(disks: Disks) -> None:
    assert 0 < disks.free_bytes() <= disks.total_bytes()


def test_disks_are_not_for_others_to_read(disks: Disks, tmp_path: Path) -> None:
    disks.ensure_config_drive(ID, {"secret": b"1"})
    for folder in (tmp_path / "disks").iterdir():
        assert stat.S_IMODE(folder.stat().st_mode) & 0o027 == 0


@pytest.mark.host
def test_guests_account_is_lent_what_guests_open_and_nothing_more(tmp_path: Path, image: Image) -> None:
    """Also what an account of another number had been lent before."""
    disks, account = QcowDisks(tmp_path / "disks"), guest_account()
    base = disks.ensure_base(image(images.partitioned()), "raw", "base-1")
    root, drive = disks.ensure_root(ID, base, "raw", 1), disks.ensure_config_drive(ID, {"secret": b"1"})
    lent = {base: 0o640, root: 0o660, drive: 0o640, root.parent: 0o710, base.parent: 0o710, tmp_path / "disks": 0o710}
    rights = {path: (path.stat().st_uid, path.stat().st_gid, stat.S_IMODE(path.stat().st_mode)) for path in lent}
    assert rights == {path: (os.geteuid(), account.gid, mode) for path, mode in lent.items()}
    for path in lent:
        os.chown(path, -1, os.getegid())
    QcowDisks(tmp_path / "disks")
    assert {path.stat().st_gid for path in lent} == {account.gid}


def root_size(disks: Disks, root: Path) -> int:
    """In bytes, as the guest will see it."""
    if isinstance(disks, QcowDisks):
        return images.virtual_size(root)
    return root.stat().st_size


def drive_files(drive: Path) -> dict[str, bytes]:
    if drive.suffix == ".tar":
        with tarfile.open(drive) as archive:
            return {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]
    return images.iso_files(drive)
