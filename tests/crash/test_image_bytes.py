"""SIGKILL while an image's bytes come: an import goes on, an upload leaves `queued`, and nothing is left on disk."""

import os
import random
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Client, until
from tests.support.node import Node

SEED = int(os.environ.get("TEST_SEED", "20131124"))
REACH = {"STACKLAB_IMAGES_IMPORT_PRIVATE": "true", "STACKLAB_IMAGES_IMPORT_PORTS": ""}
CONTENT = bytes(range(256)) * 4096


class Site:
    """Serves CONTENT; of the first request only half, and then nothing until `go` is set."""

    def __init__(self) -> None:
        self.half, self.go = threading.Event(), threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-length", str(len(CONTENT)))
                self.end_headers()
                try:
                    self.wfile.write(CONTENT[: len(CONTENT) // 2])
                    site.half.set()
                    site.go.wait(60)
                    self.wfile.write(CONTENT[len(CONTENT) // 2 :])
                except OSError:
                    return  # the node was killed

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/image"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.go.set()
    site.server.shutdown()
    site.server.server_close()


def make(client: Client) -> str:
    body = {"name": "crash", "disk_format": "raw", "container_format": "bare"}
    return str(client.post("/image/v2/images", body)["id"])


def show(client: Client, image_id: str) -> Any:
    return client.get(f"/image/v2/images/{image_id}")


def imported(client: Client, image_id: str) -> Any:
    """The image, once it is active."""
    until("the import", lambda: show(client, image_id)["status"] == "active", 30)
    return show(client, image_id)


def files(node: Node) -> set[str]:
    """Of all images but the guest's."""
    return {path.name for path in (node.state / "images").rglob("*") if path.is_file()}


def send(node: Node, client: Client, path: str, data: bytes, announced: int) -> socket.socket:
    """A PUT of which `data` has been sent; the socket stays open."""
    line = socket.create_connection((node.host, node.port))
    head = f"PUT {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: {client.token}\r\ncontent-length: {announced}\r\n"
    line.sendall(f"{head}content-type: application/octet-stream\r\n\r\n".encode() + data)
    return line


def test_an_import_cut_in_the_middle_goes_on(tmp_path: Path, site: Site) -> None:
    node = Node(tmp_path / "state", **REACH).start()
    client = node.admin()
    before, image_id = files(node), make(client)
    client.post(f"/image/v2/images/{image_id}/import", {"method": {"name": "web-download", "uri": site.url}})
    assert site.half.wait(30)
    node.kill()
    site.go.set()
    node.start()
    client = node.admin()
    shown = imported(client, image_id)
    assert shown["size"] == len(CONTENT)
    assert files(node) == before | {shown["os_hash_value"]}
    assert node.stop() == 0


@pytest.mark.parametrize("what", ["file", "stage"])
def test_bytes_cut_by_a_kill_leave_the_image_queued(tmp_path: Path, what: str) -> None:
    node = Node(tmp_path / "state").start()
    client = node.admin()
    before, image_id = files(node), make(client)
    with send(node, client, f"/image/v2/images/{image_id}/{what}", CONTENT, 2 * len(CONTENT)):
        until("the first bytes", lambda: files(node) - before)
        node.kill()
    node.start()
    assert show(node.admin(), image_id)["status"] == "queued"
    assert files(node) == before
    assert node.stop() == 0


@pytest.mark.parametrize("what", ["file", "stage"])
def test_bytes_cut_by_their_sender_leave_the_image_queued(tmp_path: Path, what: str) -> None:
    node = Node(tmp_path / "state").start()
    client = node.admin()
    before, image_id = files(node), make(client)
    with send(node, client, f"/image/v2/images/{image_id}/{what}", CONTENT, 2 * len(CONTENT)):
        until("the first bytes", lambda: files(node) - before)
    until("the end of it", lambda: show(client, image_id)["status"] == "queued")
    until("nothing left", lambda: files(node) == before)
    assert node.stop() == 0


def test_staged_bytes_imported_through_kills_at_any_moment(tmp_path: Path) -> None:
    node, chance = Node(tmp_path / "state").start(), random.Random(SEED)
    client = node.admin()
    before, wanted = files(node), set()
    for _ in range(6):
        image_id = make(client)
        data = chance.randbytes(1 << 20)
        with send(node, client, f"/image/v2/images/{image_id}/stage", data, len(data)) as line:
            assert b"204" in line.recv(100)
        client.post(f"/image/v2/images/{image_id}/import", {"method": {"name": "glance-direct"}})
        threading.Event().wait(chance.random() * 0.02)
        node.kill()
        client = node.start().admin()
        wanted.add(imported(client, image_id)["os_hash_value"])
    until("nothing else left", lambda: files(node) == before | wanted)
    assert node.stop() == 0
