"""What a handler returns: a status, a value to encode as JSON (or bytes), headers."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field


class Reply(Struct):
    """`body`: None for no body, bytes as they are (give `media`), anything else as JSON."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = "application/json"


def ok(body: Any) -> Reply:
    return Reply(200, body)


def created(body: Any, location: str | None = None) -> Reply:
    return Reply(201, body, {"location": location} if location else {})


def accepted(body: Any = None, location: str | None = None) -> Reply:
    return Reply(202, body, {"location": location} if location else {})


def no_content() -> Reply:
    return Reply(204)
