"""CORS: preflights and exposed headers, as a real Swift answers in strict mode."""

import pytest

from stacklab.objects import cors

RULES = {
    "access-control-allow-origin": "http://a.b http://c.d",
    "access-control-max-age": "77",
    "access-control-expose-headers": "X-Foo",
}
ALLOW = "GET, PUT, DELETE, HEAD, OPTIONS, POST, COPY"


def test_without_an_origin_it_is_no_preflight() -> None:
    assert cors.preflight(RULES, {}, cors.OBJECT_METHODS) == (200, {"allow": ALLOW})


def test_accounts_have_no_rules() -> None:
    allowed = {"allow": "GET, PUT, DELETE, HEAD, OPTIONS, POST"}
    assert cors.preflight(None, {"origin": "http://a.b"}, cors.ACCOUNT_METHODS) == (200, allowed)


def test_preflight() -> None:
    asked = {
        "origin": "http://a.b",
        "access-control-request-method": "GET",
        "access-control-request-headers": "X-A, x-b",
    }
    assert cors.preflight(RULES, asked, cors.OBJECT_METHODS) == (
        200,
        {
            "allow": ALLOW,
            "access-control-allow-origin": "http://a.b",
            "vary": "Origin, Access-Control-Request-Headers",
            "access-control-max-age": "77",
            "access-control-allow-methods": ALLOW,
            "access-control-allow-headers": "X-A, x-b",
        },
    )


@pytest.mark.parametrize(
    ("origin", "method"), [("http://x.y", "GET"), ("http://a.b", "FOO"), ("http://a.b", None), ("http://a.b/", "GET")]
)
def test_refused_preflight(origin: str, method: str | None) -> None:
    asked = {"origin": origin} | ({"access-control-request-method": method} if method else {})
    assert cors.preflight(RULES, asked, cors.OBJECT_METHODS) == (401, {"allow": ALLOW})
    assert cors.preflight({}, asked, cors.OBJECT_METHODS)[0] == 401


def test_everybody() -> None:
    asked = {"origin": "http://x.y", "access-control-request-method": "PUT"}
    status, headers = cors.preflight({"access-control-allow-origin": "*"}, asked, cors.OBJECT_METHODS)
    assert (status, headers["access-control-allow-origin"]) == (200, "*")
    assert "vary" not in headers


def test_an_answer_exposes_metadata() -> None:
    added = cors.exposing(RULES, "http://a.b", {"x-object-meta-z": "1", "x-other": "2", "vary": "Accept"})
    assert added["access-control-allow-origin"] == "http://a.b"
    assert added["vary"] == "Accept, Origin"
    exposed = added["access-control-expose-headers"].split(", ")
    assert {"x-foo", "x-object-meta-z", "etag", "x-trans-id"} <= set(exposed)
    assert "x-other" not in exposed


@pytest.mark.parametrize("origin", ["", "http://x.y"])
def test_strict_mode_tells_others_nothing(origin: str) -> None:
    assert cors.exposing(RULES, origin, {"etag": "e"}) == {}
