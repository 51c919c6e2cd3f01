"""Access rules: what a pattern fits, and that it is quick whatever it is."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacklab.http.access_rules import Pattern, permits

FITS = [
    ("/v2.1/servers", "/v2.1/servers"),
    ("/v2.1/servers/{id}", "/v2.1/servers/123"),
    ("/v2.1/servers/*", "/v2.1/servers/123"),
    ("/v2.1/servers/*/action", "/v2.1/servers/123/action"),
    ("/v2.1/{any}/detail", "/v2.1/servers/detail"),
    ("/v2.1/**", "/v2.1/servers/1/os-interface"),
    ("/v2.1/**", "/v2.1/"),
    ("/**", "/"),
    ("**/detail", "/v2.1/servers/detail"),
    ("/v2.1/**/**/x", "/v2.1///x"),
    ("/v2/images/*.raw", "/v2/images/a.raw.raw"),
    ("/v2.1/****", "/v2.1/a/b"),
    ("/a{b", "/a{b"),
]
NOT = [
    ("/v2.1/servers", "/v2.1/servers/1"),
    ("/v2.1/servers", "/v2.1/server"),
    ("/v2.1/servers", "/v2x1/servers"),
    ("/v2.1/servers/*", "/v2.1/servers/"),
    ("/v2.1/servers/*", "/v2.1/servers/1/action"),
    ("/v2.1/{id}", "/v2.1/a/b"),
    ("/v2.1/**", "/v2.0/x"),
    ("/v2.1/**/x", "/v2.1/x"),
    ("/**", "/" + "x" * 3000),
    ("", "/"),
]


@pytest.mark.parametrize(("pattern", "path"), FITS)
def test_fits(pattern: str, path: str) -> None:
    assert Pattern(pattern).matches(path)


@pytest.mark.parametrize(("pattern", "path"), NOT)
def test_does_not_fit(pattern: str, path: str) -> None:
    assert not Pattern(pattern).matches(path)


@given(st.text("/ab*{}", max_size=9), st.text("/ab", max_size=9))
def test_it_reads_patterns_as_a_regular_expression_would(pattern: str, path: str) -> None:
    words = {"**": ".*", "*": "[^/]+", "{": r"\{", "}": r"\}"}
    found = re.findall(r"\{[^}]*\}|\*\*|.", pattern)
    expression = "".join(words.get(w, "[^/]+" if w.startswith("{") else w) for w in found)
    assert Pattern(pattern).matches(path) == bool(re.fullmatch(expression, path))


def test_a_cunning_pattern_costs_no_more() -> None:
    """A backtracking matcher would need longer than anybody can wait."""
    started = time.process_time()
    assert not Pattern("/" + "**a" * 70).matches("/" + "a" * 2000 + "b")
    assert time.process_time() - started < 0.5


def test_service_method_and_path_belong_together() -> None:
    rules = [("compute", "GET", "/v2.1/servers"), ("network", "POST", "/v2.0/ports")]
    assert permits(rules, "compute", "GET", "/v2.1/servers")
    assert not permits(rules, "compute", "POST", "/v2.0/ports")
    assert not permits(rules, "compute", "POST", "/v2.1/servers")
    assert not permits(rules, "image", "GET", "/v2.1/servers")
    assert not permits([], "compute", "GET", "/v2.1/servers")
