"""Whose address counts, behind a proxy and without one."""

import pytest

from stacklab.core import peers


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.1", "192.0.2.7"),  # a stranger is not believed
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("::1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "192.0.2.99, 192.0.2.1", "192.0.2.1"),  # the entry that our own proxy added
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "::ffff:192.0.2.1", "192.0.2.1"),
        ("", "192.0.2.1", "192.0.2.1"),  # a Unix socket has no address
        ("", "", ""),
    ],
)
def test_who_asks(peer: str, forwarded: str, address: str) -> None:
    assert peers.client(peer, forwarded) == address


@pytest.mark.parametrize(
    ("address", "counted"), [("192.0.2.1", "192.0.2.1"), ("2001:db8::5", "2001:db8::/64"), ("", "")]
)
def test_a_64_counts_as_one(address: str, counted: str) -> None:
    assert peers.counted(address) == counted
