"""Paths, signatures and words of the console's object store, without a node."""

import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from stacklab.console import formats, storage
from stacklab.core.errors import Unauthorized
from stacklab.http.request import Query
from stacklab.objects import tempurl
from stacklab.objects.tempurl import Target


@pytest.mark.parametrize(
    ("container", "key", "path"),
    [
        ("c", "", "/object-store/v1/AUTH_p/c"),
        ("c", "a/b.txt", "/object-store/v1/AUTH_p/c/a/b.txt"),
        ("a b?", "what? 50%#1", "/object-store/v1/AUTH_p/a%20b%3F/what%3F%2050%25%231"),
        ("café", "雪", "/object-store/v1/AUTH_p/caf%C3%A9/%E9%9B%AA"),
    ],
)
def test_paths_keep_slashes_and_quote_the_rest(container: str, key: str, path: str) -> None:
    assert storage.path("p", container, key) == path


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_link_signs_method_end_and_bare_path(method: str) -> None:
    made = storage.link("https://here/object-store/v1/AUTH_p/c/a%20b", "p", "c", "key", "a b", 1_900_000_000, method)
    address = urlsplit(made)
    query = parse_qs(address.query)
    assert address.path == "/object-store/v1/AUTH_p/c/a%20b"
    assert query["temp_url_expires"] == ["1900000000"]
    signed = f"{method}\n1900000000\n/v1/AUTH_p/c/a b".encode()
    assert query["temp_url_sig"] == [hmac.new(b"key", signed, hashlib.sha256).hexdigest()]


@pytest.mark.parametrize("name", ["plain", "a/b c", "雪 100%?#", "//x"])
def test_the_store_accepts_what_is_signed_here(name: str) -> None:
    made = storage.link("http://here/x", "p", "c", "key", name, 1_900_000_000)
    link = tempurl.read(Query(urlsplit(made).query.encode()), 1_899_999_999, ("sha256",))
    assert link
    target = Target("GET", "AUTH_p", "c", name, mount="/object-store")
    assert tempurl.verify(link, target, (), ("key",)) == "container"
    with pytest.raises(Unauthorized):
        tempurl.verify(link, replace(target, object=name + "2"), (), ("key",))


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("", []),
        ("a/", [("a", "a/")]),
        ("a/b/", [("a", "a/"), ("b", "a/b/")]),
        ("a//b/", [("a", "a/"), ("", "a//"), ("b", "a//b/")]),
    ],
)
def test_crumbs(prefix: str, expected: list[tuple[str, str]]) -> None:
    assert storage.crumbs(prefix) == expected


@pytest.mark.parametrize(
    ("read", "public"),
    [
        ("", False),
        (".r:*", True),
        (".r:*,.rlistings", True),
        ("project:*, .r:*", True),
        (".r:*.example.com", False),
        (".r:-*", False),
        (".rlistings", False),
        ("*:*", False),
    ],
)
def test_public_is_only_what_any_referrer_may_read(read: str, public: bool) -> None:
    assert storage.is_public(read) is public


@pytest.mark.parametrize(
    ("read", "public", "then"),
    [
        ("", True, ".r:*,.rlistings"),
        ("project:*, .r:-evil.example", True, "project:*,.r:-evil.example,.r:*,.rlistings"),
        (".r:*,.rlistings", True, ".r:*,.rlistings"),
        (".r:*,.rlistings,project:user", False, "project:user"),
        (".r:.example.org", False, ""),
    ],
)
def test_who_is_named_on_the_list_stays_on_it(read: str, public: bool, then: str) -> None:
    assert storage.opened(read, public) == then
    assert storage.is_public(then) is public


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "0.977 KiB"),
        (4 << 20, "4 MiB"),
        (1_610_612_736, "1.5 GiB"),
        (10 << 30, "10 GiB"),
        (2 << 40, "2 TiB"),
    ],
)
def test_size(count: int, words: str) -> None:
    assert formats.size(count) == words
