"""Headers of symlinks and dynamic manifests, of expiring objects, and ids of versions; refusals as of a Swift 2.38."""

import pytest

from stacklab.core.errors import BadRequest, Failure
from stacklab.objects import lifetime, links, version_ids
from stacklab.objects.links import Link

NOW = 1_795_486_072_755_530


@pytest.mark.parametrize(
    ("headers", "link"),
    [
        ({"x-symlink-target": "c/o"}, Link("AUTH_a", "c", "o")),
        ({"x-symlink-target": "c/o/p%20q", "x-symlink-target-account": "AUTH_b"}, Link("AUTH_b", "c", "o/p q")),
        ({"x-symlink-target": "c/o", "x-symlink-target-etag": '"42"'}, Link("AUTH_a", "c", "o", "42")),
        ({"x-symlink-target": "c/self", "x-symlink-target-account": "AUTH_b"}, Link("AUTH_b", "c", "self")),
    ],
)
def test_a_link(headers: dict[str, str], link: Link) -> None:
    assert links.read(headers, "AUTH_a", "c", "self") == link


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({"x-symlink-target": "/c/o"}, 412, "must be of the form"),
        ({"x-symlink-target": "%2Fc/o"}, 412, "must be of the form"),
        ({"x-symlink-target": "c"}, 412, "must be of the form"),
        ({"x-symlink-target": "c/"}, 412, "must be of the form"),
        ({"x-symlink-target": "c/o", "x-symlink-target-account": "a/b"}, 412, "cannot contain slashes"),
        ({"x-symlink-target": "c/self"}, 400, "cannot target itself"),
        ({"x-symlink-target": "c/o", "x-symlink-target-etag": "a;b"}, 400, "Bad X-Symlink-Target-Etag"),
    ],
)
def test_what_is_no_link(headers: dict[str, str], status: int, words: str) -> None:
    with pytest.raises(Failure, match=words) as refused:
        links.read(headers, "AUTH_a", "c", "self")
    assert refused.value.status == status


def test_a_link_shows_where_it_leads() -> None:
    link = Link("AUTH_a", "c", "o p/\N{SNOWMAN}")
    assert link.path == "/v1/AUTH_a/c/o%20p/%E2%98%83"


@pytest.mark.parametrize("value", ["kl", "kl/", "/kl", "kl/a?b", "kl/a&b", ""])
def test_what_is_no_dynamic_manifest(value: str) -> None:
    with pytest.raises(BadRequest, match="format container/prefix"):
        links.parts_of(value)


def test_a_dynamic_manifest() -> None:
    assert links.parts_of("c/some%20prefix/") == ("c", "some prefix/")


@pytest.mark.parametrize(
    ("headers", "ends"),
    [
        ({}, None),
        ({"x-delete-at": "1795486073"}, 1_795_486_073),
        ({"x-delete-after": "1"}, 1_795_486_073),
        ({"x-delete-after": "100", "x-delete-at": "abc"}, 1_795_486_172),
        ({"x-delete-after": "99999999999999"}, 9_999_999_999),
    ],
)
def test_the_end_of_an_object(headers: dict[str, str], ends: int | None) -> None:
    assert lifetime.asked(headers, NOW) == ends


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"x-delete-at": ""}, "Non-integer X-Delete-At"),
        ({"x-delete-at": "-1"}, "X-Delete-At in past"),
        ({"x-delete-at": "1795486072"}, "X-Delete-At in past"),
        ({"x-delete-at": "1e9"}, "Non-integer X-Delete-At"),
        ({"x-delete-after": "0"}, "X-Delete-After in past"),
        ({"x-delete-after": "-3"}, "X-Delete-After in past"),
        ({"x-delete-after": "\N{ARABIC-INDIC DIGIT ONE}"}, "Non-integer X-Delete-After"),
    ],
)
def test_an_end_that_makes_no_sense(headers: dict[str, str], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        lifetime.asked(headers, NOW)


def test_an_object_is_over_at_its_second() -> None:
    assert not lifetime.is_over(None, NOW)
    assert not lifetime.is_over(1_795_486_073, NOW)
    assert lifetime.is_over(1_795_486_072, NOW)


@pytest.mark.parametrize("version", [NOW, 0, 1])
def test_a_version_id_is_read_as_it_was_written(version: int) -> None:
    assert version_ids.read(version_ids.written(version)) == version


def test_other_ids() -> None:
    assert version_ids.read("null") is None
    assert version_ids.read("1795486072.75553") == NOW
    assert version_ids.archived_name("o\N{SNOWMAN}", NOW) == "004o\N{SNOWMAN}/1795486072.755530"
    with pytest.raises(BadRequest):
        version_ids.read("xx")
