"""Clients of Swift, unmodified, against a node: the `swift` command and rclone, round trips with large objects."""

import hashlib
import json
import os
from pathlib import Path

import psutil
import pytest

from tests.support.commands import Run
from tests.support.node import Node

MIB = 1 << 20


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


@pytest.mark.parametrize("how", ["--changed", "--skip-identical"])
def test_a_folder_again_sends_what_is_new_and_no_more(swift: Run, tmp_path: Path, how: str) -> None:
    def moments(container: str) -> dict[str, str]:
        return {row["name"]: row["last_modified"] for row in json.loads(swift("list", container, "--json"))}

    folder = tmp_path / "tree"
    (folder / "deep").mkdir(parents=True)
    (folder / "same").write_bytes(b"same")
    (folder / "deep" / "new").write_bytes(b"old")
    (folder / "large").write_bytes(os.urandom(2 * MIB + 5))
    sent = ("upload", "again", "tree", "-S", str(MIB), how)
    swift(*sent)
    first, parts = moments("again"), moments("again_segments")
    assert (sorted(first), len(parts)) == (["tree/deep/new", "tree/large", "tree/same"], 3)
    swift(*sent)
    assert (moments("again"), moments("again_segments")) == (first, parts)
    (folder / "deep" / "new").write_bytes(b"newer")
    swift(*sent)
    second = moments("again")
    assert {name for name in first if first[name] != second[name]} == {"tree/deep/new"}
    assert swift("download", "again", "tree/deep/new", "-o", "-") == "newer"
    swift("delete", "again")
    swift("delete", "again_segments")
    assert swift("list").split() == []


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
    rclone("copy", "here:synced/deep", "here:copied/deep")
    rclone("check", "here:synced/deep", "here:copied/deep")
    rclone("moveto", "here:synced/twin", "here:copied/moved")
    assert "twin" not in rclone("lsf", "here:synced").split()
    rclone("delete", "here:copied", "--include", "/deep/file 1*")
    left = {f"file {number}" for number in (0, 2, *range(4, 10))}
    assert set(rclone("lsf", "here:copied/deep").splitlines()) == left
    rclone("purge", "here:copied")
    rclone("purge", "here:synced")
    assert "synced" not in rclone("lsd", "here:").split()
