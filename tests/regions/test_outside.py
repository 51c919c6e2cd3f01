"""Addresses that a sponsor may put in the catalogue, and those that are home's own insides."""

import pytest

from stacklab.regions.home import outside


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "0.0.0.0", "localhost", "a.localhost", "localhost.", "[::1]",
     "[::]", "[::ffff:127.0.0.1]", "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "100.100.100.200", "224.0.0.1"],
)  # fmt: skip
def test_inside(host: str) -> None:
    assert outside.is_inside(f"http://{host}:8080")


@pytest.mark.parametrize("host", ["10.0.0.7", "192.168.1.4", "cloud.example.org", "[2001:db8::1]", "203.0.113.9"])
def test_outside(host: str) -> None:
    assert not outside.is_inside(f"https://{host}")
    assert not outside.is_loopback(f"https://{host}")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]"])
def test_a_home_on_loopback(url: str) -> None:
    assert outside.is_loopback(url)
