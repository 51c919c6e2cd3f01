"""Images are refused while they arrive: at the first block that shows the lie, not at the end."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stacklab.host.disks import ova
from stacklab.host.disks.inspect import inspect
from stacklab.host.disks.spec import UnsafeImage
from stacklab.host.disks.watch import watcher_of
from tests.support import disk_images as images
from tests.support.hostile_images import HOSTILE

HEAD = 64 << 10
LATER = {
    "a qcow2 of 100 bytes",
    "a VHD footer after a qcow2",
    "an L1 table past the end",
    "a differencing VHD by its last sector",
    "a VHD called raw by its last sector",
}
"""What only the end of the file shows."""


def whole(content: bytes) -> bytes:
    """As long as an upload that would go on."""
    return content.ljust(HEAD, b"\0")


def feed(declared: str, content: bytes, container: str = "bare", step: int = 1000) -> None:
    watcher = watcher_of(declared, container)
    for at in range(0, len(content), step):
        watcher.feed(content[at : at + step])


@pytest.mark.parametrize("what", [name for name in HOSTILE if name not in LATER and not name.startswith("a VHDX")])
def test_a_lie_is_refused_within_the_first_64_kib(what: str) -> None:
    declared, content, _ = HOSTILE[what]
    with pytest.raises(UnsafeImage):
        feed(declared, whole(content)[:HEAD])


@pytest.mark.parametrize("cut", [0, 1, 7, 100, 511, 512, 600, 4096, 65535])
@pytest.mark.parametrize("what", ["qcow2", "vmdk", "vdi", "vhdx", "vhd"])
def test_a_cut_off_header_is_refused_not_a_crash(tmp_path: Path, what: str, cut: int) -> None:
    made = {
        "qcow2": images.qcow2(l1=1, l1_at=1 << 16),
        "vmdk": images.vmdk('createType="monolithicSparse"', sector=1 << 20),
        "vdi": images.vdi(4),
        "vhdx": images.vhdx(region_at=1 << 20),
        "vhd": images.vhd(4),
    }[what]
    (tmp_path / "cut").write_bytes(made[:cut])
    with pytest.raises(UnsafeImage):
        inspect(tmp_path / "cut", what)


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("raw", images.partitioned()),
        ("raw", images.iso(hybrid=True)),
        ("iso", images.iso()),
        ("qcow2", images.qcow2(l1=1, l1_at=1 << 16)),
        ("vmdk", images.vmdk('createType="monolithicSparse"')),
        ("vmdk", images.vmdk("", sector=1 << 20)),
        ("vdi", images.vdi()),
        ("vhd", images.vhd(3)),
        ("vhd", bytes(1 << 20)),
        ("vhdx", images.vhdx(region_at=1 << 20)),
    ],
)
def test_what_may_be_true_goes_on(declared: str, content: bytes) -> None:
    feed(declared, content.ljust(1 << 20, b"\0"))


def member(name: str, size: int = 3, **more: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size = size
    for attribute, value in more.items():
        setattr(made, attribute, value)
    return made


def archive(*members: tarfile.TarInfo, format: int = tarfile.USTAR_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as made:
        for one in members:
            made.addfile(one, io.BytesIO(b"x" * one.size) if one.isreg() else None)
    return out.getvalue()


OVF = member("box.ovf")
BAD: dict[str, bytes] = {
    "no description first": archive(member("disk.vmdk"), OVF),
    "a symbolic link": archive(OVF, member("disk", 0, type=tarfile.SYMTYPE, linkname="/etc/shadow")),
    "a hard link": archive(OVF, member("disk", 0, type=tarfile.LNKTYPE, linkname="box.ovf")),
    "a device": archive(OVF, member("disk", 0, type=tarfile.BLKTYPE)),
    "a folder": archive(OVF, member("folder", 0, type=tarfile.DIRTYPE)),
    "an absolute name": archive(OVF, member("/etc/passwd")),
    "a name that climbs": archive(OVF, member("../disk")),
    "a name twice": archive(OVF, OVF),
    "many files": archive(OVF, *(member(f"disk{number}", 0) for number in range(300))),
    "a long name in an extension": archive(OVF, member("x" * 300), format=tarfile.GNU_FORMAT),
    "a PAX header": archive(OVF, member("\u4e2d" * 60), format=tarfile.PAX_FORMAT),
    "nothing in it": bytes(10240),
    "no tar": b"x" * 10240,
    "a wrong checksum": archive(OVF).replace(b"box.ovf", b"bax.ovf", 1),
    "a gzip": b"\x1f\x8b" + bytes(1000),
}


@pytest.mark.parametrize("what", BAD)
def test_an_archive_that_is_no_ova(what: str) -> None:
    with pytest.raises(UnsafeImage):
        feed("vmdk", BAD[what], "ova")


def test_a_size_that_is_a_lie_reads_on_and_is_cut_off(tmp_path: Path) -> None:
    content = bytearray(archive(OVF, member("disk", 5000)))
    (tmp_path / "cut").write_bytes(content[:3000])
    with pytest.raises(UnsafeImage, match="cut off"):
        ova.inspect(tmp_path / "cut")


@pytest.mark.parametrize("step", [1, 511, 512, 513, 1 << 20])
def test_an_ova(tmp_path: Path, step: int) -> None:
    content = archive(OVF, member("disk.vmdk", 1000), member("box.mf"))
    feed("vmdk", content, "ova", step)
    (tmp_path / "box.ova").write_bytes(content)
    check: Callable[[Path], None] = ova.inspect
    check(tmp_path / "box.ova")
