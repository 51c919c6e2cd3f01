"""The manifest of a static large object as a client writes it: read, and every mistake in it told by its index.

The wording of the mistakes is Swift's published one: clients show it to people.
"""

import base64
import binascii
import re
from itertools import islice
from typing import Any

import msgspec

from stacklab.core.errors import BadRequest, Failure, TooLarge
from stacklab.objects.faults import TEXT

MOST_SEGMENTS = 1000
MOST_ENTRIES = 10_000  # those with data of their own among them; a mistake in each is told
MOST_BYTES = 8 << 20
_MOST_TOKENS = 20 * MOST_ENTRIES
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[,\[{]', re.DOTALL)
"""Of JSON, one at least for each value but the first: three bytes of a list may be seventy in memory."""
_SPAN = re.compile(r"\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII)
_MOST_SPANS = 100  # that are looked at before they are too many
_SMALL = "too small; each segment must be at least 1 byte."


class BadManifest(Failure):
    """One line a mistake, as plain text."""

    status = 400
    title = "Bad Request"


class Wanted(msgspec.Struct, frozen=True):
    """One entry of the manifest: `path` ("container/object") with what is claimed of it, or `data`.

    `span` is (first, last) with None for a side that was left out: (None, 5) are the last five bytes.
    """

    path: str = ""
    etag: str | None = None
    size: int | None = None
    span: tuple[int | None, int | None] | None = None
    data: bytes | None = None


class _Wrong(Exception):
    """What is wrong with one entry."""


def parse(body: bytes, own: str) -> list[Wanted]:
    """The entries of the manifest of the object `own` ("container/object").

    Raises BadRequest for what is no list in JSON, BadManifest with a line for each wrong entry, TooLarge for too many.
    """
    if len(body) > _MOST_TOKENS and sum(1 for _ in islice(_TOKEN.finditer(body), _MOST_TOKENS + 1)) > _MOST_TOKENS:
        raise TooLarge(f"Number of segments must be <= {MOST_ENTRIES}")
    try:
        entries = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("Manifest must be valid JSON.\n") from None
    if not isinstance(entries, list):
        raise BadRequest("Manifest must be a list.\n")
    if len(entries) > MOST_ENTRIES:
        raise TooLarge(f"Number of segments must be <= {MOST_ENTRIES}")
    wanted, wrong = [], []
    for index, entry in enumerate(entries):
        try:
            wanted.append(_entry(entry, own, last=index == len(entries) - 1))
        except _Wrong as mistake:
            wrong.append(f"Index {index}: {mistake}\n")
    if entries and all(isinstance(entry, dict) and "data" in entry for entry in entries):
        wrong.append("Inline data segments require at least one object-backed segment.\n")
    if wrong:
        raise BadManifest("".join(wrong), headers=TEXT)
    if sum(entry.data is None for entry in wanted) > MOST_SEGMENTS:
        raise TooLarge(f"Number of object-backed segments must be <= {MOST_SEGMENTS}")
    return wanted


def resolve(span: tuple[int | None, int | None], size: int) -> tuple[int, int] | None:
    """The first and last byte, both included, of what the span means for an object of this size; None for nothing."""
    first, last = span
    if first is None:
        length = min(last or 0, size)
        return (size - length, size - 1) if length else None
    if first >= size:
        return None
    return first, size - 1 if last is None else min(last, size - 1)


def _entry(entry: Any, own: str, last: bool) -> Wanted:
    if not isinstance(entry, dict):
        raise _Wrong("not a JSON object")
    if "data" in entry:
        _only(entry, {"data"})
        return Wanted(data=_data(entry["data"]))
    if "path" not in entry:
        raise _Wrong("expected keys to include one of 'data' or 'path'")
    _only(entry, {"path", "range", "etag", "size_bytes"})
    return _named(entry, own, last)


def _only(entry: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(entry) - known)
    if unknown:
        raise _Wrong("extraneous keys " + ", ".join(msgspec.json.encode(key).decode() for key in unknown))


def _data(value: Any) -> bytes:
    try:
        data = base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None:
        raise _Wrong("data must be valid base64")
    if not data:
        raise _Wrong(_SMALL)
    return data


def _named(entry: dict[str, Any], own: str, last: bool) -> Wanted:
    path, etag = entry["path"], entry.get("etag")
    if not isinstance(path, str):
        raise _Wrong('"path" must be a string')
    if etag is not None and not isinstance(etag, str):
        raise _Wrong('"etag" must be a string or null (if provided)')
    if "/" not in path.strip("/"):
        raise _Wrong("path does not refer to an object. Path must be of the form /container/object.")
    size = _size(entry.get("size_bytes"), last)
    path = path.lstrip("/")
    if path == own:
        raise _Wrong("manifest must not include itself as a segment")
    span = _span(entry["range"], size) if entry.get("range") else None
    return Wanted(path, etag, size, span)


def _size(value: Any, last: bool) -> int | None:
    """Only the last part may be empty: it is how some clients end an upload."""
    if value is None:
        return None
    try:
        size = int(value)
    except (TypeError, ValueError):
        raise _Wrong("invalid size_bytes") from None
    if size < 1 and not last:
        raise _Wrong(_SMALL)
    return size


def _span(value: Any, size: int | None) -> tuple[int | None, int | None]:
    parts = value.split(",", _MOST_SPANS) if isinstance(value, str) else [""]
    if len(parts) > _MOST_SPANS:
        raise _Wrong("multiple ranges (only one allowed)")
    found = [_SPAN.fullmatch(part) for part in parts]
    spans = [(_number(match[1]), _number(match[2])) for match in found if match and (match[1] or match[2])]
    if len(spans) != len(found) or any(a is not None and b is not None and a > b for a, b in spans):
        raise _Wrong("invalid range")
    if len(spans) > 1:
        raise _Wrong("multiple ranges (only one allowed)")
    if size is not None and resolve(spans[0], size) is None:
        raise _Wrong("unsatisfiable range")
    return spans[0]


def _number(digits: str) -> int | None:
    return int(digits) if digits else None
