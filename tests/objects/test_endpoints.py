"""List endpoints: one node, one address."""

from typing import Any

import pytest

from stacklab.core.errors import BadRequest
from stacklab.objects import endpoints

BASE = "http://h:1/object-store/v1"


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("AUTH_p", [f"{BASE}/AUTH_p"]),
        ("v1/AUTH_p/c", [f"{BASE}/AUTH_p/c"]),
        ("v1.0/AUTH_p/c/d/o 1", [f"{BASE}/AUTH_p/c/d/o%201"]),
        ("v2/AUTH_p/c/o", {"endpoints": [f"{BASE}/AUTH_p/c/o"], "headers": {}}),
        ("v_account/c", [f"{BASE}/v_account/c"]),
    ],
)
def test_where(rest: str, found: Any) -> None:
    assert endpoints.answer(rest, BASE) == found


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("", "No account specified"),
        ("v1", "No account specified"),
        ("v2/", "No account specified"),
        ("a//o", "No account specified"),
        ("v3/AUTH_p", "Unsupported version 'v3'"),
    ],
)
def test_not_an_address(rest: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        endpoints.answer(rest, BASE)
