"""Long bodies are read past the parser: whole, however they come in, and the connection goes on behind them."""

import asyncio
import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Any

import psutil
import pytest
import uvicorn
import uvloop

from stacklab.cli import inlet
from stacklab.cli.inlet import Inlet
from stacklab.cli.wire import Wire
from stacklab.core.errors import TooLarge
from stacklab.http import intake
from stacklab.http.body import INLET, Chunk
from stacklab.http.request import Request
from tests.support.client import until

SIZE = 3_000_001
BODY = os.urandom(SIZE)
TOLD = hashlib.md5(BODY).hexdigest().encode()
LIMIT = 1_000_000


class Yard:
    """Takes in what is sent, and answers with its MD5; /refused at once, /limited past LIMIT bytes, /watched by one who
    sees all of it and does not like it: these with 413."""

    def __init__(self, run: Callable[..., Any]) -> None:
        self.seen = 0
        self.turns = 0
        self.past: list[bool] = []
        self.ended: list[type[BaseException]] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = self._listening.getsockname()
        config = uvicorn.Config(
            self._serve, interface="asgi3", http=Wire, lifespan="off", log_config=None, timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        self.thread = Thread(target=lambda: run(self.server.serve(sockets=[self._listening])))
        self.thread.start()

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        request = Request(scope["method"], scope["path"], headers, b"", receive)
        request.limit = 1 << 40
        request.inlet = (scope.get("extensions") or {}).get(INLET)
        try:
            status, told = await self._take(request)
        except BaseException as error:
            self.ended.append(type(error))
            raise
        length = (b"content-length", b"%d" % len(told))
        await send({"type": "http.response.start", "status": status, "headers": [length]})
        await send({"type": "http.response.body", "body": told})

    async def _take(self, request: Request) -> tuple[int, bytes]:
        if request.target == "/refused":
            return 413, b"refused"
        one, two, three = hashlib.md5(), hashlib.md5(), hashlib.md5()
        stream, limit = request.stream(), intake.limit(LIMIT if request.target == "/limited" else 1 << 40, TooLarge(""))
        self.past.append(stream.inlet is not None)
        ended: list[bytes] = []

        def end() -> None:
            ended.append(three.digest())
            if request.target == "/watched":
                raise TooLarge("")

        stream.watch(three.update, end)

        def gate(chunk: Chunk) -> None:
            limit(chunk)
            self.seen += len(chunk)

        def first(block: Any) -> None:
            self.turns += 1
            for chunk in block:
                one.update(chunk)

        def second(block: Any) -> None:
            for chunk in block:
                two.update(chunk)

        try:
            await intake.pour(stream, first, gate, beside=second)
        except TooLarge:
            return 413, three.hexdigest().encode() if ended else b"limited"
        assert one.digest() == two.digest()
        assert ended == [one.digest()]
        return 200, one.hexdigest().encode()

    def reached(self, count: int) -> bool:
        return self.seen >= count

    def connect(self) -> socket.socket:
        client = socket.create_connection(self.address)
        client.settimeout(20)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        self._listening.close()


@pytest.fixture(params=[uvloop.run, asyncio.run], ids=["uvloop", "asyncio"])
def yard(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    monkeypatch.setattr(inlet, "A_WHILE", 0.02)
    made = Yard(request.param)
    yield made
    made.stop()


def head(path: str = "/", size: int = SIZE, *headers: str) -> bytes:
    return "\r\n".join([f"PUT {path} HTTP/1.1", "host: x", f"content-length: {size}", *headers, "", ""]).encode()


def answer_of(stream: Any) -> tuple[int, bytes]:
    status, length = int(stream.readline().split()[1]), 0
    while (line := stream.readline()) != b"\r\n":
        name, _, value = line.partition(b":")
        length = int(value) if name == b"content-length" else length
    return status, stream.read(length)


FIRST = len(head())


@pytest.mark.parametrize(
    "cuts",
    [
        [],
        [1],
        [FIRST],
        [FIRST + 1],
        [FIRST - 1, FIRST + SIZE // 2],
        [FIRST + SIZE // 2],
        [FIRST + 300_000, FIRST + SIZE - 1],
        [FIRST + SIZE - 1],
        [FIRST + 5, FIRST + 10, FIRST + 70_000, FIRST + 600_000, FIRST + 2_000_000],
    ],
)
def test_a_body_is_whole_wherever_it_is_cut(yard: Yard, cuts: list[int]) -> None:
    sent = head() + BODY
    with yard.connect() as client, client.makefile("rb") as stream:
        for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
            before = max(start - FIRST, 0)
            until("what was sent to be worked on", partial(yard.reached, before), 20, 0.001)
            client.sendall(sent[start:end])
        assert answer_of(stream) == (200, TOLD)
        client.sendall(head("/", 5) + b"short")
        assert answer_of(stream) == (200, hashlib.md5(b"short").hexdigest().encode())
    assert yard.past == [True, False]


def test_a_body_that_is_there_with_its_head(yard: Yard) -> None:
    """It fits into what one read brings."""
    size = intake.BLOCK + 1
    with yard.connect() as client, client.makefile("rb") as stream:
        for _ in range(3):
            client.sendall(head("/", size) + BODY[:size])
            assert answer_of(stream) == (200, hashlib.md5(BODY[:size]).hexdigest().encode())


def test_requests_right_behind_one_another_are_all_answered(yard: Yard) -> None:
    get = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
    with yard.connect() as client, client.makefile("rb") as stream:
        sending = Thread(target=client.sendall, args=((head() + BODY + get + head("/", 3) + b"abc") * 4,))
        sending.start()
        for _ in range(4):
            assert answer_of(stream) == (200, TOLD)
            assert answer_of(stream) == (200, hashlib.md5(b"").hexdigest().encode())
            assert answer_of(stream) == (200, hashlib.md5(b"abc").hexdigest().encode())
        sending.join()


def test_a_client_that_asks_whether_to_send_is_told(yard: Yard) -> None:
    with yard.connect() as client, client.makefile("rb") as stream:
        client.sendall(head("/", SIZE, "expect: 100-continue"))
        assert stream.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert stream.readline() == b"\r\n"
        client.sendall(BODY)
        assert answer_of(stream) == (200, TOLD)
    assert yard.past == [True]


def test_the_last_request_ends_the_connection(yard: Yard) -> None:
    with yard.connect() as client, client.makefile("rb") as stream:
        client.sendall(head("/", SIZE, "connection: close") + BODY)
        assert answer_of(stream) == (200, TOLD)
        assert stream.read() == b""


@pytest.mark.parametrize("path", ["/refused", "/limited"])
def test_who_is_refused_may_send_the_rest_and_ask_again(yard: Yard, path: str) -> None:
    with yard.connect() as client, client.makefile("rb") as stream:
        for _ in range(2):
            client.sendall(head(path) + BODY[: LIMIT + 1])
            assert answer_of(stream)[0] == 413
            client.sendall(BODY[LIMIT + 1 :] + head() + BODY)
            assert answer_of(stream) == (200, TOLD)


def test_bytes_of_no_known_number_come_by_messages(yard: Yard) -> None:
    with yard.connect() as client, client.makefile("rb") as stream:
        client.sendall(b"PUT / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        client.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (SIZE, BODY))
        assert answer_of(stream) == (200, TOLD)
    assert yard.past == [False]


@pytest.mark.parametrize("sent", [0, 1, 400_000, SIZE - 1])
def test_a_client_that_leaves_in_the_middle(yard: Yard, sent: int) -> None:
    client = yard.connect()
    client.sendall(head() + BODY[:sent])
    until("what was sent to be worked on", lambda: yard.seen == sent and len(yard.past) == 1, 20, 0.001)
    client.close()
    until("the handler to know", lambda: len(yard.ended) == 1, 20, 0.001)
    assert issubclass(yard.ended[0], ConnectionError)
    until("the connection to be gone", lambda: not yard.server.server_state.connections, 20, 0.001)


def test_who_sends_nothing_is_given_up(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Inlet, "patience", 0.1)
    with yard.connect() as client:
        client.sendall(head() + BODY[:70_000])
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""
    assert len(yard.ended) == 1
    assert issubclass(yard.ended[0], ConnectionError)


def test_drops_are_gathered(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte at a time costs a look now and then, not one each."""
    monkeypatch.setattr(inlet, "A_WHILE", 0.5)
    drops = 2000
    with yard.connect() as client, client.makefile("rb") as stream:
        client.sendall(head() + BODY[:-drops])
        until("what was sent to be worked on", lambda: yard.seen == SIZE - drops, 20, 0.001)
        before, begun = yard.turns, time.perf_counter()
        for at in range(SIZE - drops, SIZE):
            client.sendall(BODY[at : at + 1])
        assert answer_of(stream) == (200, TOLD)
    assert yard.turns - before <= 2 + (time.perf_counter() - begun) / 0.5


def test_many_that_stand_still_hold_nobody_and_nothing(yard: Yard) -> None:
    process = psutil.Process()
    with yard.connect() as client, client.makefile("rb") as stream:
        client.sendall(head() + BODY)
        assert answer_of(stream) == (200, TOLD)
    before, seen = process.memory_info().rss, yard.seen
    still = [yard.connect() for _ in range(64)]
    for one in still:
        one.sendall(head("/", 256 << 20) + BODY)
    until("all of it to be worked on", lambda: yard.seen == seen + 64 * SIZE, 20)
    with yard.connect() as client, client.makefile("rb") as stream:
        begun = time.perf_counter()
        for _ in range(10):
            client.sendall(head() + BODY)
            assert answer_of(stream) == (200, TOLD)
        assert time.perf_counter() - begun < 10
    assert process.memory_info().rss - before < 20 << 20
    for one in still:
        one.close()
    until("all to be gone", lambda: len(yard.ended) == 64, 20)


def test_one_that_stands_still_does_not_keep_the_server_from_ending(yard: Yard) -> None:
    with yard.connect() as client:
        client.sendall(head() + BODY[:500_000])
        until("what was sent to be worked on", lambda: yard.seen == 500_000, 20, 0.001)
        yard.server.should_exit = True
        yard.thread.join(10)
        assert not yard.thread.is_alive()
        with suppress(ConnectionResetError):
            assert client.recv(1 << 16)[:12] in (b"", b"HTTP/1.1 500")
    assert yard.ended == [asyncio.CancelledError]


def test_who_watches_a_body_sees_all_of_it_and_may_refuse_it_at_its_end(yard: Yard) -> None:
    with yard.connect() as client, client.makefile("rb") as stream:
        for size in (SIZE, 5):
            client.sendall(head("/watched", size) + BODY[:size])
            assert answer_of(stream) == (413, hashlib.md5(BODY[:size]).hexdigest().encode())
        client.sendall(head() + BODY)
        assert answer_of(stream) == (200, TOLD)
    assert yard.past == [True, False, True]
