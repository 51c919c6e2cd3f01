"""How a node speaks to home: sealed requests, one kept connection, answers that home has sealed."""

import http.client
import socket
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from stacklab.regions import seal


class Away(Exception):
    """Home cannot be reached, or what answered is not home; the message says how it showed."""


class Refused(Exception):
    """Home answered that it will not."""


class Removed(Exception):
    """Home says that this node is no longer one of its own."""


class Wire:
    """One connection to `url`, reopened when needed. Not for several threads; `close` may come from another."""

    def __init__(self, url: str, timeout: float = 10) -> None:
        parts = urlsplit(url)
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port, self._path = parts.hostname or "", parts.port, parts.path.rstrip("/")
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None
        self._closed = False

    def exchange(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        """Status, seal and body. Raises Away."""
        if self._closed:
            raise Away("this node stops")
        sent = {"content-type": "application/json", **headers}
        try:
            if self._connection is None:
                self._connection = self._kind(self._host, self._port, timeout=self._timeout)
            self._connection.request(method, self._path + target, body or None, sent)
            answer = self._connection.getresponse()
            return answer.status, answer.headers.get(seal.SEAL, ""), answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            raise Away(str(error) or type(error).__name__) from None

    def close(self) -> None:
        """Break off what is under way."""
        self._closed = True
        connection = self._connection
        if connection is not None and connection.sock is not None:
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed already

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Link:
    """Sealed questions and answers."""

    def __init__(self, wire: Wire, node: str, key: Ed25519PrivateKey, home: Ed25519PublicKey) -> None:
        self._wire, self._node, self._key, self._home = wire, node, key, home

    def ask(self, method: str, target: str, body: Any = None) -> Any:
        """Home's answer, decoded. Raises Away, Refused, Removed."""
        raw = b"" if body is None else msgspec.json.encode(body)
        headers = seal.request(self._key, self._node, method, target, raw)
        status, sealed, answer = self._wire.exchange(method, target, raw, headers)
        try:
            seal.check_answer(self._home, sealed, headers[seal.SEAL], status, answer)
        except seal.Forged:
            if 400 <= status < 500 and not sealed:
                raise Refused(f"{status}: {answer[:300].decode(errors='replace')}") from None
            raise Away(f"an answer ({status}) is not home's") from None
        if status == 410:
            raise Removed(msgspec.json.decode(answer)["removed"])
        return msgspec.json.decode(answer)

    def close(self) -> None:
        self._wire.close()
