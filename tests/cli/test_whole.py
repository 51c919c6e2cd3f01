"""Answers in one write are what ASGI's messages would have made of them."""

import asyncio
import socket
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
import uvicorn

from stacklab.cli.wire import Wire
from stacklab.http.respond import AT_ONCE, Ready

ANSWERS = {
    "/": Ready(200, [(b"x-one", b"1"), (b"content-length", b"5")], b"hello"),
    "/none": Ready(204, []),
    "/same": Ready(304, [(b"etag", b"x")]),
    "/closing": Ready(200, [(b"connection", b"close"), (b"content-length", b"3")], b"bye"),
    "/unmeasured": Ready(200, [], b"chunks"),
    "/split": Ready(200, [(b"x-one", b"1\r\nx-two: 2"), (b"content-length", b"0")]),
}
AT_A_TIME: list[str] = []


async def app(scope: Any, receive: Any, send: Any) -> None:
    answer = ANSWERS[scope["path"]]
    if scope["query_string"] == b"messages":
        del scope["extensions"][AT_ONCE]
    if scope["method"] == "HEAD":
        answer = Ready(answer.status, answer.headers)

    async def sending(message: Any) -> None:
        AT_A_TIME.append(scope["path"])
        await send(message)

    await answer(scope, receive, sending)


@pytest.fixture(scope="module")
def address() -> Iterator[Any]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=Wire, lifespan="off", log_config=None, date_header=False))
    thread = Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join()
    listening.close()


def ask(address: Any, path: str, method: str = "GET", version: str = "1.1", headers: str = "") -> bytes:
    """All that comes back before the connection ends."""
    with socket.create_connection(address, timeout=20) as client:
        client.sendall(f"{method} {path} HTTP/{version}\r\nhost: x\r\n{headers}connection: close\r\n\r\n".encode())
        found = b""
        while part := client.recv(65536):
            found += part
    return found


@pytest.mark.parametrize("path", ["/", "/none", "/same"])
@pytest.mark.parametrize(("method", "version"), [("GET", "1.1"), ("HEAD", "1.1"), ("GET", "1.0")])
def test_one_write_says_what_two_messages_say(address: Any, path: str, method: str, version: str) -> None:
    AT_A_TIME.clear()
    at_once = ask(address, path, method, version)
    assert AT_A_TIME == []
    assert at_once == ask(address, f"{path}?messages", method, version)
    assert len(AT_A_TIME) == 2


@pytest.mark.parametrize("path", ["/closing", "/unmeasured"])
def test_what_is_about_the_connection_goes_by_messages(address: Any, path: str) -> None:
    AT_A_TIME.clear()
    assert ask(address, path).endswith((b"bye", b"6\r\nchunks\r\n0\r\n\r\n"))
    assert len(AT_A_TIME) == 2


def test_who_waits_to_go_on_is_answered_by_messages(address: Any) -> None:
    AT_A_TIME.clear()
    assert ask(address, "/", "PUT", headers="expect: 100-continue\r\ncontent-length: 3\r\n").endswith(b"hello")
    assert len(AT_A_TIME) == 2


def test_nobody_writes_headers_within_headers(address: Any) -> None:
    answer = ask(address, "/split")
    assert answer.startswith(b"HTTP/1.1 500")
    assert b"x-two" not in answer


def test_requests_of_one_connection_follow_each_other(address: Any) -> None:
    with socket.create_connection(address, timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" * 3)
        found = b""
        while found.count(b"hello") < 3:
            found += client.recv(65536)
    assert found.count(b"HTTP/1.1 200 OK") == 3
