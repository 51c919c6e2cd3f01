"""What a call on many objects tells of itself, in the four formats that Swift knows; a status line in the body, since
the answer has begun before the work is done."""

import re
from collections.abc import Sequence
from html import escape
from http import HTTPStatus
from typing import Any

import msgspec

FORMATS = ("text/plain", "application/json", "application/xml", "text/xml")
_QUALITY = re.compile(r";\s*q=([^;,\s]+)")
Failed = Sequence[tuple[str, str]]
"""Quoted names, and a status line or words for each."""


def line(status: int) -> str:
    """ "404 Not Found", in Swift's words for the statuses."""
    words = {413: "Request Entity Too Large", 422: "Unprocessable Entity", 416: "Requested Range Not Satisfiable"}
    return f"{status} {words.get(status) or HTTPStatus(status).phrase}"


def negotiate(accept: str) -> str | None:
    """The best of the formats for an Accept header; None where none will do. No header accepts anything."""
    if not accept.strip():
        return FORMATS[0]
    best, weight = None, 0.0
    for part in accept.split(","):
        kind = part.split(";")[0].strip().lower()
        quality = _QUALITY.search(part)
        weighs = _float(quality[1]) if quality else 1.0
        found = next((known for known in FORMATS if _matches(kind, known)), None)
        if found and weighs > weight:
            best, weight = found, weighs
    return best


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _matches(kind: str, known: str) -> bool:
    return kind in ("*/*", "*", known) or (kind.endswith("/*") and known.startswith(kind[:-1]))


def body(media: str | None, facts: dict[str, Any], failed: Failed, root: str) -> bytes:
    """`facts` under their names in the order of the alphabet, then the errors; `root` names the XML's outermost tag."""
    if media == "application/json":
        return msgspec.json.encode({**facts, "Errors": failed})
    if media and media.endswith("/xml"):
        return _xml(facts, failed, root)
    lines = [f"{name}: {facts[name]}\n" for name in sorted(facts)]
    lines += ["Errors:\n", *(f"{name}, {status}\n" for name, status in failed)]
    return "".join(lines).encode()


def _xml(facts: dict[str, Any], failed: Failed, root: str) -> bytes:
    parts = [f"<{root}>\n"]
    for name in sorted(facts):
        tag = name.replace(" ", "_").lower()
        parts.append(f"<{tag}>{escape(str(facts[name]), quote=False)}</{tag}>\n")
    parts.append("<errors>\n")
    for name, status in failed:
        shown = f"<name>{escape(name, quote=False)}</name><status>{escape(status, quote=False)}</status>"
        parts.append(f"<object>{shown}</object>\n")
    return ("".join(parts) + f"</errors>\n</{root}>\n").encode()
