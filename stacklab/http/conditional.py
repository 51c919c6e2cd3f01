"""Preconditions of a request (RFC 9110, section 13): whether what the client knows is still so."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from stacklab.core.errors import PreconditionFailed


def unchanged(method: str, headers: Mapping[str, str], etag: str | None, modified: int = 0) -> bool:
    """True: answer 304 Not Modified. Raises PreconditionFailed. In the order of section 13.2.2.

    `etag` is what is there now, without quotation marks, None where nothing is; `modified` in seconds, 0 = not known.
    """
    if "if-match" in headers:
        if not matches(headers["if-match"], etag):
            raise failed()
    elif "if-unmodified-since" in headers:
        since = seconds(headers["if-unmodified-since"])
        if since is not None and modified > since:
            raise failed()
    reads = method in ("GET", "HEAD")
    if "if-none-match" in headers:
        if not matches(headers["if-none-match"], etag):
            return False
        if not reads:
            raise failed()
        return True
    since = seconds(headers["if-modified-since"]) if reads and "if-modified-since" in headers else None
    return since is not None and 0 < modified <= since


def failed() -> PreconditionFailed:
    return PreconditionFailed("A precondition for this request was not met.")


def in_range(validator: str, etag: str, modified: int) -> bool:
    """Whether If-Range still stands for what is there, so that a part of it is of use (section 13.1.5)."""
    since = seconds(validator)
    if since is not None:
        return since == modified
    return not validator.lstrip().startswith("W/") and _bare(validator) == etag


def matches(listed: str, etag: str | None) -> bool:
    """Whether a list of entity tags has this one; `*` is anything that exists. Tags may come without quotes."""
    if etag is None:
        return False
    return any(tag in ("*", etag) for tag in map(_bare, listed.split(",")))


def seconds(date: str) -> int | None:
    """An HTTP date as a Unix time; None for what is none, which is ignored."""
    if ":" not in date:  # nearly every entity tag
        return None
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except (ValueError, OverflowError):
        return None


def _bare(tag: str) -> str:
    tag = tag.strip().removeprefix("W/")
    return tag[1:-1] if len(tag) > 1 and tag[0] == tag[-1] == '"' else tag
