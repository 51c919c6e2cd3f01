"""What no client library shows: requests by hand."""

import socket
from typing import Any


def exchange(site: Any, *sent: bytes) -> bytes:
    """What a connection answers until it ends."""
    with socket.create_connection((site.node.host, site.node.port), timeout=10) as wire:
        for part in sent:
            wire.sendall(part)
        answers = b""
        while more := wire.recv(4096):
            answers += more
    return answers


def test_a_refusal_in_place_of_100_continue_ends_the_connection(site: Any) -> None:
    """The client has not sent its body, and what comes next may be that or another request."""
    head = b"PUT /s3/bucket/key HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
    answers = exchange(site, head)
    assert answers.startswith(b"HTTP/1.1 403 ")
    assert b"100 Continue" not in answers
    assert b"\r\nconnection: close\r\n" in answers
