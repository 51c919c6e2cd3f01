"""Keyset pages: limits are whole numbers, capped; links move the marker and keep the rest."""

from typing import Any

import pytest

from stacklab.core.errors import BadRequest
from stacklab.http.pages import Page, next_url, page
from stacklab.http.request import Request


def request(query: str) -> Request:
    async def receive() -> dict[str, Any]:
        return {}

    made = Request("GET", "/compute/v2.1/servers", {}, query.encode(), receive)
    made.root = "http://cloud.test"
    return made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", Page(1000)),
        ("limit=5", Page(5)),
        ("limit=0", Page(0)),
        ("limit=99999", Page(1000)),
        ("limit=" + "9" * 5000, Page(1000)),
        ("limit=5&marker=abc", Page(5, "abc")),
    ],
)
def test_page(query: str, expected: Page) -> None:
    assert page(request(query)) == expected


@pytest.mark.parametrize("limit", ["-1", "x", "1.5", "", "٣"])
def test_bad_limit(limit: str) -> None:
    with pytest.raises(BadRequest, match="limit"):
        page(request(f"limit={limit}"))


def test_next_url() -> None:
    asked = request("limit=2&status=ACTIVE&marker=old")
    assert next_url(asked, "new") == "http://cloud.test/compute/v2.1/servers?limit=2&status=ACTIVE&marker=new"
    assert next_url(request(""), "new", 10).endswith("/servers?limit=10&marker=new")
