"""The metadata service over real sockets: who is answered, and what hostile guests get."""

import http.client
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from stacklab.host.metadata.connection import BODY_LIMIT, HEAD_LIMIT
from stacklab.host.metadata.server import MetadataServer
from stacklab.host.metadata.spec import InstanceFacts

ALICE, BOB, STRANGER = "127.0.0.11", "127.0.0.12", "127.0.0.13"


def facts(name: str) -> InstanceFacts:
    return InstanceFacts(name, name, name, "p", "nova", "lab.nano", "image", user_data=b"#!/bin/sh\n")


INSTANCES = {ALICE: facts("alice"), BOB: facts("bob")}


@dataclass
class Kept:
    """Passwords in memory."""

    by_id: dict[str, bytes] = field(default_factory=dict)

    def read(self, server_id: str) -> bytes:
        return self.by_id.get(server_id, b"")

    def write_once(self, server_id: str, password: bytes) -> bool:
        return self.by_id.setdefault(server_id, password) is password


@pytest.fixture
def server() -> Iterator[MetadataServer]:
    server = MetadataServer(INSTANCES.get, Kept())
    yield server
    server.close()


@pytest.fixture
def port(server: MetadataServer) -> int:
    return server.bind("127.0.0.1", 0)


def connect(port: int, source: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=5, source_address=(source, 0))


def ask(
    port: int, source: str, path: str, method: str = "GET", body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    connection = connect(port, source)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize(("source", "name"), [(ALICE, b"alice"), (BOB, b"bob")])
def test_each_guest_is_told_about_itself(port: int, source: str, name: bytes) -> None:
    assert ask(port, source, "/latest/meta-data/hostname") == (200, name)


@pytest.mark.parametrize("path", ["/", "/latest/meta-data/hostname", "/nothing"])
def test_a_stranger_learns_nothing(port: int, path: str) -> None:
    assert ask(port, STRANGER, path) == (404, b"")


def test_a_header_cannot_pretend_to_be_another(port: int) -> None:
    status, body = ask(
        port, ALICE, "/latest/meta-data/hostname", headers={"X-Forwarded-For": BOB, "X-Instance-ID": "bob"}
    )
    assert (status, body) == (200, b"alice")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/openstack/latest/meta_data.json?x=1", 200),
        ("HEAD", "/openstack/latest/meta_data.json", 200),
        ("GET", "/openstack/latest/nothing", 404),
        ("PUT", "/latest/api/token", 405),
        ("DELETE", "/latest/user-data", 405),
        ("POST", "/latest/user-data", 404),
    ],
)
def test_statuses(port: int, method: str, path: str, status: int) -> None:
    assert ask(port, ALICE, path, method)[0] == status


def test_a_password_is_posted_once(port: int) -> None:
    path = "/openstack/latest/password"
    assert ask(port, ALICE, path) == (200, b"")
    assert ask(port, ALICE, path, "POST", b"")[0] == 400
    assert ask(port, ALICE, path, "POST", b"x" * 1021)[0] == 400
    assert ask(port, ALICE, path, "POST", b"secret")[0] == 200
    assert ask(port, ALICE, path, "POST", b"other")[0] == 409
    assert ask(port, ALICE, path) == (200, b"secret")
    assert ask(port, BOB, path) == (200, b"")


def test_a_connection_serves_many_requests(port: int) -> None:
    connection = connect(port, ALICE)
    connection.connect()
    first = connection.sock
    for path in ("/latest/meta-data/hostname", "/nothing", "/latest/user-data"):
        connection.request("GET", path)
        connection.getresponse().read()
        assert connection.sock is first  # http.client would silently open another
    connection.close()


def raw(port: int, data: bytes) -> bytes:
    """What comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(ALICE, 0)) as client:
        client.sendall(data)
        received = b""
        try:
            while chunk := client.recv(4096):
                received += chunk
        except ConnectionResetError:
            return received
        return received


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /" + b"a" * (HEAD_LIMIT + BODY_LIMIT) + b" HTTP/1.1\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + b"x" * (HEAD_LIMIT + BODY_LIMIT), b"413"),
        (b"GET /latest/ HTTP/1.0\r\n\r\n", b"200"),
    ],
)
def test_what_is_not_a_decent_request_ends_the_connection(port: int, data: bytes, status: bytes) -> None:
    assert raw(port, data).split(b" ")[1] == status


def test_a_lookup_that_fails_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_source: str) -> InstanceFacts | None:
        raise RuntimeError("database is gone")

    server = MetadataServer(broken)
    try:
        assert ask(server.bind("127.0.0.1", 0), ALICE, "/latest/") == (500, b"")
    finally:
        server.close()


def test_binding_twice_is_binding_once_and_unbinding_stops_it(server: MetadataServer, port: int) -> None:
    assert server.bind("127.0.0.1", port) == port
    assert server.binds() == [("127.0.0.1", port)]
    server.unbind("127.0.0.1", port)
    server.unbind("127.0.0.1", port)
    assert server.binds() == []
    rebound = server.bind("127.0.0.1", port)
    assert ask(rebound, ALICE, "/latest/meta-data/hostname") == (200, b"alice")


def test_a_port_that_is_taken_is_an_error(server: MetadataServer, port: int) -> None:
    other = MetadataServer(INSTANCES.get)
    try:
        with pytest.raises(OSError, match="in use"):
            other.bind("127.0.0.1", port)
    finally:
        other.close()


def test_closing_ends_open_connections() -> None:
    server = MetadataServer(INSTANCES.get)
    connection = connect(server.bind("127.0.0.1", 0), ALICE)
    connection.request("GET", "/latest/")
    connection.getresponse().read()
    server.close()
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        connection.request("GET", "/latest/")
        connection.getresponse()
    connection.close()
