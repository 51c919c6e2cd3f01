"""Clients of Swift, unmodified, against a node: the `swift` command and rclone, round trips with large objects."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.node import Node

MIB = 1 << 20
Run = Callable[..., str]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    started = Node(tmp_path_factory.mktemp("swift") / "state").start()
    yield started
    started.stop()


def command(environ: dict[str, str], program: str, folder: Path) -> Run:
    """`run("upload", …)` → what the program printed."""
    path = shutil.which(program, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or program

    def run(*words: str) -> str:
        done = subprocess.run(
            [path, *words], capture_output=True, text=True, timeout=100, check=False, cwd=folder, env=environ
        )
        assert done.returncode == 0, f"{program} {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    return run


@pytest.fixture
def swift(node: Node, tmp_path: Path) -> Run:
    login = {
        "OS_AUTH_URL": f"{node.url}/identity/v3",
        "OS_USERNAME": "admin",
        "OS_PASSWORD": node.admin_password(),
        "OS_PROJECT_NAME": "admin",
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default",
        "OS_IDENTITY_API_VERSION": "3",
    }
    return command({**os.environ, **login}, "swift", tmp_path)


@pytest.fixture
def rclone(node: Node, tmp_path: Path) -> Run:
    remote = {
        "TYPE": "swift",
        "AUTH": f"{node.url}/identity/v3",
        "AUTH_VERSION": "3",
        "USER": "admin",
        "KEY": node.admin_password(),
        "DOMAIN": "Default",
        "TENANT": "admin",
        "TENANT_DOMAIN": "Default",
        "CHUNK_SIZE": "5M",
    }
    named = {f"RCLONE_CONFIG_HERE_{name}": value for name, value in remote.items()}
    return command({**os.environ, **named, "RCLONE_CONFIG": "", "HOME": str(tmp_path)}, "rclone", tmp_path)


def test_small_files_up_listed_down_and_gone(swift: Run, tmp_path: Path) -> None:
    folder = tmp_path / "up"
    (folder / "deep").mkdir(parents=True)
    (folder / "one.txt").write_bytes(b"one")
    (folder / "deep" / "two \N{SNOWMAN}").write_bytes(b"two")
    swift("upload", "small", "up", "--object-name", "kept")
    assert swift("list", "small").split("\n")[:2] == ["kept/deep/two \N{SNOWMAN}", "kept/one.txt"]
    swift("post", "small", "kept/one.txt", "-m", "Colour:red")
    assert "Meta Colour: red" in swift("stat", "small", "kept/one.txt")
    swift("copy", "-d", "/small/copy.txt", "small", "kept/one.txt")
    swift("download", "small", "-D", "down")
    assert (tmp_path / "down" / "copy.txt").read_bytes() == b"one"
    assert (tmp_path / "down" / "kept" / "deep" / "two \N{SNOWMAN}").read_bytes() == b"two"
    swift("delete", "small")
    assert "small" not in swift("list").split()


@pytest.mark.parametrize("kind", ["--use-slo", "--use-dlo"])
def test_a_segmented_file_up_down_and_gone(swift: Run, tmp_path: Path, kind: str) -> None:
    (tmp_path / "large").write_bytes(os.urandom(3 * MIB + 17))
    swift("upload", "segmented", "large", "-S", str(MIB), kind)
    assert len(swift("list", "segmented_segments").split()) == 4
    swift("download", "segmented", "large", "-o", "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "large").read_bytes()
    swift("delete", "segmented", "large")
    assert swift("list", "segmented_segments").split() == []
    swift("delete", "segmented")


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def test_a_gigabyte_in_segments_with_flat_memory(swift: Run, node: Node, tmp_path: Path) -> None:
    """Sparse on this side, so that the disk is asked once; what the node holds in memory does not follow."""
    assert node.process
    process = psutil.Process(node.process.pid)
    with (tmp_path / "first").open("wb") as file:
        file.truncate(64 * MIB)
    upload = ("-S", str(16 * MIB), "--use-slo", "--segment-threads", "4")
    swift("upload", "giga", "first", *upload)
    before = process.memory_info().rss
    with (tmp_path / "giga").open("wb") as file:
        for number in range(16):
            file.seek(number * 64 * MIB)
            file.write(b"%d" % number)
        file.truncate(1024 * MIB)
    swift("upload", "giga", "giga", "-S", str(128 * MIB), *upload[2:])
    assert "Content Length: 1073741824" in swift("stat", "giga", "giga")
    swift("download", "giga", "giga", "-o", "again")
    assert process.memory_info().rss - before < 30 * MIB
    assert digest(tmp_path / "again") == digest(tmp_path / "giga")
    swift("delete", "giga")
    swift("delete", "giga_segments")


def test_rclone_sync_check_and_purge(rclone: Run, tmp_path: Path) -> None:
    folder = tmp_path / "up"
    (folder / "deep").mkdir(parents=True)
    for number in range(20):
        (folder / "deep" / f"file {number}").write_bytes(b"%d" % number * number)
    (folder / "large").write_bytes(os.urandom(11 * MIB))
    rclone("sync", "up", "here:synced")
    rclone("check", "up", "here:synced", "--download")
    (folder / "deep" / "file 3").unlink()
    (folder / "deep" / "file 4").write_bytes(b"changed")
    rclone("sync", "up", "here:synced")
    rclone("check", "up", "here:synced", "--download")
    rclone("sync", "here:synced", "down")
    assert sorted(p.name for p in (tmp_path / "down").rglob("*")) == sorted(p.name for p in folder.rglob("*"))
    rclone("copyto", "here:synced/large", "here:synced/twin")
    rclone("purge", "here:synced")
    assert "synced" not in rclone("lsd", "here:").split()
