"""The report of a bulk operation in four formats, byte for byte as a Swift 2.38 writes it."""

import pytest

from stacklab.objects import outcome

FACTS = {"Response Status": "400 Bad Request", "Number Deleted": 1, "Response Body": "<"}
FAILED = [("/c/a%20b", "401 Unauthorized")]


def test_text() -> None:
    expected = (
        "Number Deleted: 1\nResponse Body: <\nResponse Status: 400 Bad Request\nErrors:\n/c/a%20b, 401 Unauthorized\n"
    )
    assert outcome.body("text/plain", FACTS, FAILED, "delete").decode() == expected


def test_json() -> None:
    assert b'"Errors":[["/c/a%20b","401 Unauthorized"]]' in outcome.body("application/json", FACTS, FAILED, "delete")


def test_xml() -> None:
    assert outcome.body("text/xml", FACTS, FAILED, "delete").decode() == (
        "<delete>\n<number_deleted>1</number_deleted>\n<response_body>&lt;</response_body>\n"
        "<response_status>400 Bad Request</response_status>\n<errors>\n"
        "<object><name>/c/a%20b</name><status>401 Unauthorized</status></object>\n</errors>\n</delete>\n"
    )


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "text/plain"),
        ("*/*", "text/plain"),
        ("application/json", "application/json"),
        ("text/xml;q=0.2, application/xml", "application/xml"),
        ("application/*", "application/json"),
        ("image/png", None),
        ("text/plain;q=x", None),
    ],
)
def test_the_format_that_is_asked_for(accept: str, media: str | None) -> None:
    assert outcome.negotiate(accept) == media
