"""Files leave by sendfile on uvloop: whole, in order with what else is on the wire, for readers fast, slow and gone."""

import asyncio
import hashlib
import os
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest
import uvicorn
import uvloop

from stacklab.cli.outlet import Outlet
from stacklab.cli.wire import Wire
from stacklab.http import files
from stacklab.http.request import Request
from tests.support.client import until

SIZE = 40 << 20


class Shop:
    """GET /big and /small on a server of its own."""

    def __init__(self, folder: Path) -> None:
        self.big = os.urandom(1 << 20) * (SIZE >> 20)
        self.files = {"/big": folder / "big", "/small": folder / "small"}
        self.files["/big"].write_bytes(self.big)
        self.files["/small"].write_bytes(b"0123456789")
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = self._listening.getsockname()
        self._server = uvicorn.Server(
            uvicorn.Config(self._serve, interface="asgi3", http=Wire, lifespan="off", log_config=None)
        )
        self._thread = Thread(target=lambda: uvloop.run(self._server.serve(sockets=[self._listening])))
        self._thread.start()

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        request = Request(scope["method"], scope["path"], headers, b"", receive)
        path = self.files[scope["path"]]
        answer = await files.answer(request, lambda: files.OneFile.open(path), path.stat().st_size, {}, "text/plain")
        await answer(scope, receive, send)

    def connect(self) -> socket.socket:
        client = socket.create_connection(self.address)
        client.settimeout(20)
        return client

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.stop()


def ask(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "host: x", *headers, "", ""]).encode()


def answer_of(stream: Any) -> tuple[int, dict[str, str], bytes]:
    status = int(stream.readline().split()[1])
    headers = {}
    while (line := stream.readline()) != b"\r\n":
        name, _, value = line.decode().partition(":")
        headers[name] = value.strip()
    return status, headers, stream.read(int(headers["content-length"]))


def test_answers_keep_their_order_in_a_pipeline(shop: Shop) -> None:
    with shop.connect() as client, client.makefile("rb") as stream:
        client.sendall((ask("/big") + ask("/small")) * 3 + ask("/big", "range: bytes=100000-30000000"))
        for _ in range(3):
            assert hashlib.md5(answer_of(stream)[2]).digest() == hashlib.md5(shop.big).digest()
            assert answer_of(stream)[2] == b"0123456789"
        assert answer_of(stream)[2] == shop.big[100000:30000001]


def test_several_ranges_of_a_large_file(shop: Shop) -> None:
    with shop.connect() as client, client.makefile("rb") as stream:
        client.sendall(ask("/big", "range: bytes=0-1,1000-9000000,-3"))
        status, headers, body = answer_of(stream)
    boundary = headers["content-type"].partition("boundary=")[2].encode()
    parts = [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in body.split(b"--" + boundary)[1:-1]]
    assert status == 206
    assert parts == [shop.big[:2], shop.big[1000:9000001], shop.big[-3:]]
    assert body.endswith(b"--" + boundary + b"--\r\n")


def test_a_file_that_is_not_in_memory_comes_all_the_same(shop: Shop) -> None:
    with shop.files["/big"].open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    with shop.connect() as client, client.makefile("rb") as stream:
        client.sendall(ask("/big"))
        assert answer_of(stream)[2] == shop.big


def test_readers_that_stand_still_hold_nobody_and_nothing(shop: Shop) -> None:
    process = psutil.Process()
    before, threads = process.memory_info().rss, process.num_threads()
    still = [shop.connect() for _ in range(64)]
    for client in still:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(ask("/big"))
    for client in still:
        assert client.recv(1)
    with shop.connect() as client, client.makefile("rb") as stream:
        begun = time.perf_counter()
        client.sendall(ask("/big"))
        for _ in range(SIZE >> 20):  # no more of it in the memory of this process than of one that stands still
            assert len(stream.read(1 << 20)) == 1 << 20
        assert time.perf_counter() - begun < 10
    assert process.num_threads() - threads <= 6
    assert process.memory_info().rss - before < 30 << 20
    for client in still:
        client.close()
    until("all descriptors to be closed", lambda: _open(shop.files["/big"]) == 0, 20)


def _open(path: Path) -> int:
    return sum(1 for file in psutil.Process().open_files() if file.path == str(path))


def test_who_takes_nothing_is_given_up(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Outlet, "patience", 0.2)
    with shop.connect() as client:
        client.sendall(ask("/big"))
        until("the file to be opened", lambda: _open(shop.files["/big"]) == 1, 20)
        until("the file to be closed", lambda: _open(shop.files["/big"]) == 0, 20)
    shop.stop()
    assert caplog.messages == []


def test_who_hangs_up_is_no_error(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(10):
        with shop.connect() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(ask("/big"))
            assert client.recv(1)
    until("the file to be closed", lambda: _open(shop.files["/big"]) == 0, 20)
    shop.stop()
    assert caplog.messages == []


def test_a_file_that_lost_bytes_ends_the_connection(shop: Shop) -> None:
    with shop.connect() as client:
        client.sendall(ask("/big"))
        assert client.recv(1)
        os.truncate(shop.files["/big"], 20 << 20)
        found = 1
        while part := client.recv(1 << 20):
            found += len(part)
        assert found < SIZE


def test_without_our_server_it_comes_block_by_block(shop: Shop) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(shop._serve({"method": "GET", "path": "/big", "headers": []}, None, send))
    bodies = [message["body"] for message in sent[1:]]
    assert b"".join(bodies) == shop.big
    assert max(map(len, bodies)) <= files.BLOCK
