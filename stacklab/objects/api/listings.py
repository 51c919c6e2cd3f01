"""Listings on the wire: which page is asked for, and its rows as text, JSON or XML."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec

from stacklab.core import clock
from stacklab.core.errors import BadRequest, NotAcceptable, PreconditionFailed
from stacklab.http.number import whole
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.objects import faults
from stacklab.objects.listing import Page

JSON, XML, OLD_XML, TEXT = "application/json", "application/xml", "text/xml", "text/plain"
_ASKED = {"json": JSON, "xml": XML, "plain": TEXT}
_KNOWN = {JSON: JSON, XML: XML, OLD_XML: OLD_XML, TEXT: TEXT, "text/*": TEXT, "application/*": JSON, "*/*": TEXT}
_TEXTS = ("delimiter", "end_marker", "format", "limit", "marker", "path", "prefix", "reverse")
_TRUE = ("true", "1", "yes", "on", "t", "y")
_RANGE = re.compile(
    r"""\s*[^\s()<>@,;:"/\[\]?={}]+/[^\s()<>@,;:"/\[\]?={}]+\s*(;\s*[\w-]+\s*=\s*("[^"]*"|[^\s;",]+)\s*)*"""
)
"""A media range with its parameters (RFC 9110, section 12.5.1)."""
Fields = Callable[[tuple[Any, ...]], dict[str, Any]]
"""From a row to what JSON and XML show of it, in order."""


def asked(request: Request, most: int) -> Page:
    """The page a query describes.

    Raises PreconditionFailed for a limit beyond the most, BadRequest for what is no text.
    """
    query = request.query
    for name, value in query.pairs:
        if name in _TEXTS and "\ufffd" in value:
            raise BadRequest(f'"{name}" parameter not valid UTF-8', headers=faults.TEXT)

    def text(name: str) -> str:
        value = query.get(name) or ""
        try:
            return value.encode("latin-1").decode() if value and not value.isascii() else value
        except UnicodeError:
            return value

    said = whole(query.get("limit") or "")
    number = most if said is None or said < 0 else said
    if number > most:
        raise PreconditionFailed(f"Maximum limit is {most}")
    prefix, delimiter = text("prefix"), text("delimiter")
    if "path" in query:
        path = text("path")
        prefix, delimiter = path.rstrip("/") + "/" if path else "", "/"
    reverse = text("reverse").lower() in _TRUE
    return Page(number, text("marker"), text("end_marker"), prefix, delimiter, reverse, "path" in query)


def vary(request: Request) -> dict[str, str]:
    """What a cache is told: without `format` in the query it is the Accept header that chooses."""
    return {} if "format" in request.query else {"vary": "Accept"}


def media(request: Request) -> str:
    """The format asked for, by query or header. Raises NotAcceptable, BadRequest for a header that is none."""
    wish = request.query.get("format")
    if wish:
        return _ASKED.get(wish.lower(), TEXT)
    accepted = request.headers.get("accept")
    if not accepted:
        return TEXT
    for name in _by_weight(accepted):
        if name in _KNOWN:
            return _KNOWN[name]
    raise NotAcceptable("")


def _by_weight(accepted: str) -> list[str]:
    """Media types, the most wanted first (RFC 9110, section 12.5.1)."""
    weighed = []
    for part in accepted.split(","):
        if not _RANGE.fullmatch(part):
            raise BadRequest("Invalid Accept header")
        name, *parameters = [piece.strip() for piece in part.split(";")]
        weight = next((p.removeprefix("q=") for p in parameters if p.startswith("q=")), "1")
        try:
            weighed.append((-float(weight), name.lower()))
        except ValueError:
            raise BadRequest("Invalid Accept header") from None
    return [name for _weight, name in sorted(weighed, key=lambda pair: pair[0])]


def iso(us: int) -> str:
    return clock.naive_us(us)


def joined(lines: Iterable[str], headers: dict[str, str]) -> Reply:
    """A JSON list of what is JSON already."""
    return Reply(200, f"[{','.join(lines)}]".encode(), headers, f"{JSON}; charset=utf-8")


def render(
    kind: str,
    form: str,
    rows: Iterable[tuple[Any, ...] | str],
    fields: Fields,
    headers: dict[str, str],
    around: str,
) -> Reply:
    """`kind` is what a row is (`object`), `around` the name of what they are in, for XML."""
    charset = f"{form}; charset=utf-8"
    if form == JSON:
        shown = [{"subdir": row} if isinstance(row, str) else fields(row) for row in rows]
        return Reply(200, msgspec.json.encode(shown), headers, charset)
    if form in (XML, OLD_XML):
        return Reply(200, _xml(kind, rows, fields, around).encode(), headers, charset)
    text = "".join(f"{row if isinstance(row, str) else row[1]}\n" for row in rows)
    return (
        Reply(200, text.encode(), headers, charset) if text else Reply(204, None, {**headers, "content-type": charset})
    )


def _xml(kind: str, rows: Iterable[tuple[Any, ...] | str], fields: Fields, around: str) -> str:
    outer = "account" if kind == "container" else "container"
    end = "\n" if outer == "account" else ""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>\n', f"<{outer} name={quoteattr(around)}>{end}"]
    for row in rows:
        if isinstance(row, str):
            lines.append(f"<subdir name={quoteattr(row)}><name>{escape(row)}</name></subdir>")
            continue
        inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields(row).items())
        lines.append(f"<{kind}>{inner}</{kind}>{end}")
    return "".join([*lines, f"</{outer}>"])
