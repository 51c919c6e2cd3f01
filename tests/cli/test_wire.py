"""What a stranger sends before they have said who they are is bounded, in bytes and in time."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread
from typing import Any

import pytest
import uvicorn

from stacklab.cli.wire import HEAD_MOST, TOO_LARGE, Wire


async def hello(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A connection to a server that waits half a second for a head."""
    monkeypatch.setattr(Wire, "patience", 0.5)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(hello, http=Wire, lifespan="off", log_config=None))
    thread = Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    with socket.create_connection(listening.getsockname()) as client:
        client.settimeout(20)
        yield client
    server.should_exit = True
    thread.join()
    listening.close()


def everything(client: socket.socket) -> bytes:
    """Until the server ends the connection."""
    found = b""
    try:
        while part := client.recv(65536):
            found += part
    except ConnectionResetError:
        pass
    return found


def test_a_head_without_end_is_refused(door: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "patience", 60)
    with suppress(ConnectionResetError, BrokenPipeError):
        door.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nx: ")
        for _ in range(16):
            door.sendall(b"a" * HEAD_MOST)
    assert everything(door) in (b"", TOO_LARGE)  # nothing where the kernel cut the rest off


def test_a_head_that_never_comes_is_not_waited_for(door: socket.socket) -> None:
    assert everything(door) == b""


def test_a_head_that_does_not_end_is_not_waited_for(door: socket.socket) -> None:
    door.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
    assert everything(door) == b""


def test_all_others_are_served_again_and_again(door: socket.socket) -> None:
    """With a large head, and a body larger than any head may be."""
    for _ in range(3):
        door.sendall(
            b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\nx: " + b"a" * 60000 + b"\r\n\r\n" + b"b" * 200000
        )
        found = b""
        while not found.endswith(b"hi"):
            found += door.recv(4096)
        assert found.startswith(b"HTTP/1.1 200")
