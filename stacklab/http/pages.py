"""Keyset pages: `limit` and `marker`, and the links to the next page. A page costs the same however long the list."""

from urllib.parse import urlencode

from msgspec import Struct

from stacklab.core.errors import BadRequest
from stacklab.http.number import whole
from stacklab.http.request import Request


class Page(Struct, frozen=True):
    """`limit` rows after the row whose id is `marker`; `limit` is capped at the service's maximum."""

    limit: int
    marker: str | None = None


def page(request: Request, most: int = 1000) -> Page:
    """Read `limit` and `marker`. Raises BadRequest for a limit that is not a whole number ≥ 0."""
    text = request.query.get("limit")
    limit = most
    if text is not None:
        asked = whole(text)
        if asked is None or asked < 0:
            raise BadRequest(f"Invalid input for query parameter limit: '{text}' is not a non-negative integer.")
        limit = min(asked, most)
    return Page(limit, request.query.get("marker"))


def next_url(request: Request, marker: str, limit: int | None = None) -> str:
    """This request's URL with the marker moved on."""
    pairs = [(k, v) for k, v in request.query.pairs if k not in ("marker", *(("limit",) if limit is not None else ()))]
    if limit is not None:
        pairs.append(("limit", str(limit)))
    return f"{request.url}?{urlencode([*pairs, ('marker', marker)])}"
