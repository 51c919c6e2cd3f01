"""A node whose disk others have filled to the last byte: bytes are refused, all that is there is read and can be
deleted, nothing is left half written, and with room again all goes on."""

import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.client import Client, until
from tests.support.hammer import files, named, require_counts
from tests.support.node import Node, run

pytestmark = pytest.mark.host
KIND = {"content-type": "application/octet-stream"}
SIZES = (0, 10, 5000, 300_000, 9_000_000)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=250m", "tmpfs", str(folder))
    yield folder
    run("umount", "--lazy", str(folder))


def fill(disk: Path) -> None:
    """To the brim."""
    with (disk / "others").open("ab", buffering=0) as ballast:
        for size in (1 << 20, 4096):
            try:
                while ballast.write(bytes(size)):
                    pass
            except OSError:
                continue


def archive() -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name in ("t/1", "t/2"):
            info = tarfile.TarInfo(name)
            info.size = 300_000
            tar.addfile(info, io.BytesIO(bytes(300_000)))
    return written.getvalue()


def make_image(admin: Client) -> str:
    body = {"name": "full", "disk_format": "raw", "container_format": "bare"}
    return f"/image/v2/images/{admin.post('/image/v2/images', body)['id']}"


@pytest.mark.parametrize("reserve", ["0", "64"])
def test_filled_to_the_brim(disk: Path, reserve: str) -> None:
    node = Node(disk / "state", STACKLAB_NODE_RESERVE_MB=reserve).start()
    try:
        admin = node.admin()
        base = f"/object-store/v1/AUTH_{admin.one('/identity/v3/projects', 'projects', 'admin')}"
        assert admin.raw("PUT", f"{base}/c", b"")[0] == 201
        old = {f"{base}/c/old{number}": bytes([number]) * size for number, size in enumerate(SIZES)}
        assert {admin.raw("PUT", path, data)[0] for path, data in old.items()} == {201}
        fill(disk)
        refused(admin, base, list(old))
        for path, data in old.items():
            assert admin.raw("GET", path)[2] == data
            assert admin.raw("DELETE", path)[0] == 204
            fill(disk)
        until("the files to be those of the rows", lambda: files(node) == named(node))
        (disk / "others").unlink()
        assert {admin.raw("PUT", f"{base}/c/new{size}", bytes(size))[0] for size in SIZES} == {201}
        assert admin.raw("PUT", f"{make_image(admin)}/file", bytes(300_000), KIND)[0] == 204
        until("the files to be those of the rows", lambda: files(node) == named(node))
        require_counts(node)
        assert node.stop() == 0
    finally:
        node.purge()


def refused(admin: Client, base: str, old: list[str]) -> None:
    """Every way in."""
    for size in SIZES[1:]:
        assert admin.raw("PUT", f"{base}/c/new", b"x" * size)[0] == 507
        assert admin.raw("PUT", old[-1], b"x" * size)[0] == 507
    status, _headers, report = admin.raw("PUT", f"{base}/c?extract-archive=tar", archive())
    assert (status, report.count(b"507 Insufficient Storage")) == (200, 2)
    for what in ("file", "stage"):
        image = make_image(admin)
        assert admin.raw("PUT", f"{image}/{what}", b"x" * 9_000_000, KIND)[0] == 413
        assert admin.get(image)["status"] == "queued"
        admin.delete(image)


@pytest.mark.parametrize("end", [Node.kill, Node.stop])
def test_started_on_a_full_disk(disk: Path, end: Callable[[Node], object]) -> None:
    node = Node(disk / "state").start()
    try:
        admin = node.admin()
        base = f"/object-store/v1/AUTH_{admin.one('/identity/v3/projects', 'projects', 'admin')}"
        for path in ("", "/old"):
            assert admin.raw("PUT", f"{base}/c{path}", b"")[0] == 201
        end(node)
        fill(disk)
        admin = node.start().admin()
        assert admin.raw("PUT", f"{base}/c/new", b"x")[0] == 507
        assert admin.raw("DELETE", f"{base}/c/old")[0] == 204
        (disk / "others").unlink()
        assert admin.raw("PUT", f"{base}/c/new", b"x")[0] == 201
        assert node.stop() == 0
    finally:
        node.purge()
