"""Long uploads over a real connection, where bytes pass the parser by: whole, and looked at before they all came."""

import hashlib
import http.client
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.client import Client, until
from tests.support.node import Node

CONTENT = os.urandom(1 << 20) * 9 + b"the end"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    node = Node(tmp_path_factory.mktemp("wire") / "state").start()
    yield node
    node.purge()


@pytest.fixture(scope="module")
def client(node: Node) -> Client:
    return node.admin()


def files(node: Node) -> set[Path]:
    return {path for path in (node.state / "images").rglob("*") if path.is_file()}


def make(client: Client, disk_format: str) -> str:
    body = {"name": "wire", "disk_format": disk_format, "container_format": "bare"}
    return str(client.post("/image/v2/images", body)["id"])


def begin(node: Node, client: Client, image_id: str, what: str, length: int) -> http.client.HTTPConnection:
    line = http.client.HTTPConnection(node.host, node.port, timeout=20)
    line.putrequest("PUT", f"/image/v2/images/{image_id}/{what}")
    for name, value in {"X-Auth-Token": client.token, "Content-Type": "application/octet-stream"}.items():
        line.putheader(name, value)
    line.putheader("Content-Length", str(length))
    line.endheaders()
    return line


def test_a_long_image_is_whole(node: Node, client: Client) -> None:
    image_id = make(client, "raw")
    line = begin(node, client, image_id, "file", len(CONTENT))
    line.send(CONTENT)
    answer = line.getresponse()
    assert (answer.status, answer.read()) == (204, b"")
    line.request("GET", f"/image/v2/images/{image_id}/file", headers={"X-Auth-Token": client.token})
    assert line.getresponse().read() == CONTENT
    shown = client.get(f"/image/v2/images/{image_id}")
    assert (shown["status"], shown["size"]) == ("active", len(CONTENT))
    assert shown["checksum"] == hashlib.md5(CONTENT).hexdigest()
    assert shown["os_hash_value"] == hashlib.sha512(CONTENT).hexdigest()
    line.close()


def test_what_lies_is_refused_before_the_rest_is_sent(node: Node, client: Client) -> None:
    before, image_id = files(node), make(client, "qcow2")
    line = begin(node, client, image_id, "file", 1 << 30)
    line.send(CONTENT[: 1 << 17])
    answer = line.getresponse()
    assert (answer.status, b"refused" in answer.read()) == (415, True)
    assert client.get(f"/image/v2/images/{image_id}")["status"] == "queued"
    until("nothing left", lambda: files(node) == before)
    line.close()


@pytest.mark.parametrize("what", ["file", "stage"])
def test_what_is_cut_leaves_nothing(node: Node, client: Client, what: str) -> None:
    before, image_id = files(node), make(client, "raw")
    line = begin(node, client, image_id, what, 1 << 30)
    line.send(CONTENT)
    until("the first bytes", lambda: any(path.stat().st_size > 1 << 20 for path in files(node) - before))
    line.close()
    until("the end of it", lambda: client.get(f"/image/v2/images/{image_id}")["status"] == "queued")
    until("nothing left", lambda: files(node) == before)
