"""More connections than there are files for: those that are served go on, those that are too many are told so."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stacklab.cli.wire import TOO_MANY
from tests.support.client import until
from tests.support.node import Node


class Narrow(Node):
    """May have 256 files open."""

    def command(self, *words: str) -> list[str]:
        return ["prlimit", "--nofile=256:256", *super().command(*words)]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Narrow(tmp_path / "state").start()
    yield made
    made.purge()


def test_three_hundred_connections_at_two_hundred_and_fifty_six_files(node: Node) -> None:
    admin = node.admin()
    base = f"/object-store/v1/AUTH_{admin.one('/identity/v3/projects', 'projects', 'admin')}"
    big = bytes(4 << 20)
    for path, data in (("", b""), ("/big", big)):
        assert admin.raw("PUT", f"{base}/c{path}", data)[0] == 201
    asked = f"GET {base}/c/big HTTP/1.1\r\nhost: x\r\nx-auth-token: {admin.token}\r\n\r\n".encode()
    with ExitStack() as lines:
        for _ in range(300):
            line = lines.enter_context(socket.create_connection((node.host, node.port), 10))
            line.sendall(asked)  # and nothing is read of the answer
        last = lines.enter_context(socket.create_connection((node.host, node.port), 10))
        assert last.recv(1000) in (TOO_MANY, b"")
        for _ in range(20):
            assert admin.raw("GET", f"{base}/c/big")[2] == big
            assert admin.raw("PUT", f"{base}/c/mine", bytes(300_000))[0] == 201
            assert admin.raw("PUT", f"{base}/c/mine", b"x")[0] == 201
    until("a newcomer to be served", lambda: node.ready(), 20)
    assert node.stop() == 0


def test_the_limit_is_raised_as_far_as_it_may_be(tmp_path: Path) -> None:
    class Wide(Node):
        def command(self, *words: str) -> list[str]:
            return ["prlimit", "--nofile=512:4096", *super().command(*words)]

    node = Wide(tmp_path / "state").start()
    try:
        assert node.process
        assert resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE) == (4096, 4096)
    finally:
        node.purge()
