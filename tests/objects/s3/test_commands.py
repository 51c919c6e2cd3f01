"""s3cmd and rclone, unmodified: round trips with parts."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import command

MIB = 1 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files to send: small ones, one with a name, one for parts."""
    (tmp_path / "tree/sub").mkdir(parents=True)
    (tmp_path / "tree/a.txt").write_bytes(b"hello")
    (tmp_path / "tree/sub/b ü.txt").write_bytes(b"there")
    (tmp_path / "tree/big").write_bytes(os.urandom(17 * MIB))
    return tmp_path


def test_s3cmd(site: Any, folder: Path) -> None:
    where = f"{site.node.host}:{site.node.port}"
    settings = (f"access_key = {site.access}\nsecret_key = {site.secret}\nhost_base = {where}\nhost_bucket = {where}\n"
                "use_https = False\nmultipart_chunk_size_mb = 5\n")  # fmt: skip
    (folder / "config").write_text(f"[default]\n{settings}")
    run = command(["s3cmd", "-c", "config", "--no-progress"], folder, {})
    run("mb", "s3://by-s3cmd")
    run("put", "tree/big", "s3://by-s3cmd/big")
    run("get", "s3://by-s3cmd/big", "back")
    assert (folder / "back").read_bytes() == (folder / "tree/big").read_bytes()
    run("sync", "tree/", "s3://by-s3cmd/tree/")
    assert "b ü.txt" in run("ls", "-r", "s3://by-s3cmd/tree/")
    run("sync", "s3://by-s3cmd/tree/", "again/")
    assert (folder / "again/sub/b ü.txt").read_bytes() == b"there"
    run("setacl", "--acl-public", "s3://by-s3cmd")
    assert "READ" in run("info", "s3://by-s3cmd")
    run("del", "-r", "-f", "s3://by-s3cmd/")
    run("rb", "s3://by-s3cmd")


def test_rclone(site: Any, folder: Path) -> None:
    remote = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ACCESS_KEY_ID": site.access,
        "SECRET_ACCESS_KEY": site.secret,
        "ENDPOINT": site.node.url,
        "CHUNK_SIZE": "5M",
        "UPLOAD_CUTOFF": "8M",
    }
    environ = {f"RCLONE_CONFIG_HERE_{name}": value for name, value in remote.items()}
    run = command(["rclone"], folder, {**environ, "RCLONE_CONFIG": ""})
    run("mkdir", "here:by-rclone")
    run("sync", "tree", "here:by-rclone/tree")
    run("check", "--download", "tree", "here:by-rclone/tree")
    assert len(run("lsf", "-R", "--files-only", "here:by-rclone").splitlines()) == 3
    run("copy", "here:by-rclone/tree", "back")
    assert (folder / "back/big").read_bytes() == (folder / "tree/big").read_bytes()
    run("purge", "here:by-rclone")
    assert "by-rclone" not in run("lsd", "here:")
