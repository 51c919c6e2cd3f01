"""The builder's parts that need no package and no root."""

import json
import lzma
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from stacklab.host.guest import IMAGE_NAME, build, debs, disk, recipe
from stacklab.host.guest.modules import Modules
from stacklab.host.guest.shell import BuildError, run


def module(needs: str) -> bytes:
    return b"\x7fELF\0license=GPL\0depends=" + needs.encode() + b"\0name=x\0"


@pytest.fixture
def kernel(tmp_path: Path) -> Modules:
    tree = tmp_path / "lib/modules/6.1.0-cloud"
    (tree / "kernel").mkdir(parents=True)
    (tree / "modules.builtin").write_text("kernel/fs/ext4/ext4.ko\nkernel/drivers/virtio/virtio-core.ko\n")
    (tree / "kernel/virtio_net.ko").write_bytes(module("net_failover,virtio-core"))
    (tree / "kernel/net-failover.ko.xz").write_bytes(lzma.compress(module("failover")))
    (tree / "kernel/failover.ko").write_bytes(module(""))
    return Modules(tree)


def test_modules_come_after_what_they_need(kernel: Modules, tmp_path: Path) -> None:
    kernel.install(["virtio_net", "ext4"], tmp_path / "out", optional=["e1000", "failover"])
    assert (tmp_path / "out/order").read_text().split() == ["failover", "net_failover", "virtio_net"]
    assert (tmp_path / "out/net_failover.ko").read_bytes() == module("failover")


def test_module_the_kernel_lacks_is_named(kernel: Modules, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"6\.1\.0-cloud has no module sr_mod"):
        kernel.install(["sr_mod"], tmp_path / "out")


@pytest.mark.parametrize(
    ("known", "packages"),
    [
        (
            {"linux-image-cloud-amd64": "Depends: linux-image-6.1.0-56-cloud-amd64"},
            ["linux-image-6.1.0-56-cloud-amd64"],
        ),
        (
            {
                "linux-image-virtual": "Depends: linux-image-6.8.0-45-generic\n  Depends: linux-firmware",
                "linux-image-6.8.0-45-generic": "Depends: kmod\n |Depends: linux-modules-6.8.0-45-generic",
            },
            ["linux-image-6.8.0-45-generic", "linux-modules-6.8.0-45-generic"],
        ),
    ],
    ids=["Debian", "Ubuntu"],
)
def test_kernel_of_either_distribution(
    monkeypatch: pytest.MonkeyPatch, known: dict[str, str], packages: list[str]
) -> None:
    def apt(*command: str) -> str:
        if command[-1] not in known:
            raise BuildError("No packages found")
        return f"{command[-1]}\n  {known[command[-1]]}\n"

    monkeypatch.setattr(debs, "run", apt)
    assert debs.kernel_packages(recipe.KERNEL_METAPACKAGES) == packages


def test_no_kernel_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debs, "run", lambda *_command: "")
    with pytest.raises(BuildError, match="apt knows no kernel"):
        debs.kernel_packages(recipe.KERNEL_METAPACKAGES)


def test_boot_sector_has_the_root_last_and_the_boot_partition_active(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = tmp_path / "mbr.bin"
    code.write_bytes(b"\xfa" * 440)
    monkeypatch.setattr(disk, "MBR_CODE", (tmp_path / "elsewhere", code))
    sector = disk.boot_sector(recipe.Geometry(2048, 4096, 8192))
    assert (len(sector), sector[:440], sector[-2:]) == (512, b"\xfa" * 440, b"\x55\xaa")
    entries = [struct.unpack("<B3xB3xII", sector[446 + 16 * n : 462 + 16 * n]) for n in range(4)]
    assert entries == [(0, 0x83, 6144, 8192), (0, 0, 0, 0), (0, 0, 0, 0), (0x80, 0x0C, 2048, 4096)]


def test_image_of_the_same_recipe_is_kept(tmp_path: Path) -> None:
    (tmp_path / IMAGE_NAME).write_bytes(b"an image")
    (tmp_path / f"{IMAGE_NAME}.recipe").write_text(recipe.digest())
    assert build.ensure(tmp_path, print).read_bytes() == b"an image"


def test_image_of_another_recipe_is_built_anew_by_root_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / IMAGE_NAME).write_bytes(b"an image")
    (tmp_path / f"{IMAGE_NAME}.recipe").write_text("another")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(BuildError, match="needs root"):
        build.ensure(tmp_path, print)
    assert (tmp_path / IMAGE_NAME).read_bytes() == b"an image"


def test_every_file_of_the_recipe_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(recipe.HERE / "root", tmp_path / "root", symlinks=True)
    monkeypatch.setattr(recipe, "HERE", tmp_path)
    before = recipe.digest()
    (tmp_path / "root/etc/rcS").chmod(0o644)
    assert recipe.digest() != before


def test_failing_tool_is_quoted() -> None:
    with pytest.raises(BuildError, match=r"ls --no-such failed \(2\): ls: "):
        run("ls", "--no-such")
    with pytest.raises(BuildError, match="no-such-tool is not installed"):
        run("no-such-tool")


def test_json_reader_of_the_guest_flattens_what_metadata_holds() -> None:
    document = {
        "a": {"b": ["c", {"d": 'quote " comma , brace }'}]},
        "empty": {},
        "none": [],
        "after": "line\n",
        "number": -1.5,
        "yes": True,
        "path": "back\\slash",
    }
    said = run("awk", "-f", recipe.HERE / "root/etc/stacklab/json.awk", feed=json.dumps(document, indent=1))
    assert said.splitlines() == [
        "a.b.0\tc",
        'a.b.1.d\tquote " comma , brace }',
        "after\tline",
        "number\t-1.5",
        "yes\ttrue",
        "path\tback\\slash",
    ]


@pytest.mark.parametrize("script", sorted(p for p in recipe.HERE.glob("root/etc/stacklab/*") if p.suffix != ".awk"))
def test_scripts_of_the_guest_are_well_formed(script: Path) -> None:
    subprocess.run(["sh", "-n", script], check=True)
