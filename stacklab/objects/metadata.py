"""Which headers of a request are kept, under which limits, and how they are told again.

The limits are Swift's defaults, which /info announces.
"""

import re
from collections.abc import Iterable, Mapping

from stacklab.core.errors import BadRequest, PreconditionFailed
from stacklab.objects.faults import TEXT

LIMITS = {
    "max_file_size": 5368709122,
    "max_meta_name_length": 128,
    "max_meta_value_length": 256,
    "max_meta_count": 90,
    "max_meta_overall_size": 4096,
    "max_header_size": 8192,
    "max_object_name_length": 1024,
    "container_listing_limit": 10000,
    "account_listing_limit": 10000,
    "max_account_name_length": 256,
    "max_container_name_length": 256,
    "extra_header_count": 0,
}
OBJECT_HEADERS = frozenset(
    {
        "content-disposition", "content-encoding", "x-delete-at", "x-object-manifest", "cache-control",
        "content-language", "expires", "x-robots-tag",
    }
)  # fmt: skip
"""What an object keeps beside x-object-meta-…, and its content type."""

CONTAINER_HEADERS = frozenset(
    {"x-container-read", "x-container-write", "x-container-sync-to", "x-container-sync-key", "x-versions-location",
     "x-history-location", "x-versions-enabled"}
)  # fmt: skip
OWNERS = ("x-container-read", "x-container-write", "x-container-sync-key", "x-container-sync-to")
"""Told to the account's own people alone, as are the keys of temporary URLs."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+", re.ASCII)  # of a header: RFC 9110, section 5.6.2
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_KEY = re.compile(r"x-(account|container)-meta-temp-url-key(-2)?")


def given(headers: Mapping[str, str], mark: str) -> dict[str, str]:
    """The users' metadata in a request: what begins with `mark` (`x-object-meta-`). Raises BadRequest past a limit."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        if name.startswith(mark):
            found[name] = value.strip()
    _check(found, mark)
    return found


def _check(found: Mapping[str, str], mark: str) -> None:
    overall = 0
    for name, value in found.items():
        short = name.removeprefix(mark)
        shown = mark + short.title()
        overall += len(short) + len(value)
        if not short:
            raise BadRequest("Metadata name cannot be empty", headers=TEXT)
        if len(short) > LIMITS["max_meta_name_length"]:
            raise BadRequest(f"Metadata name too long: {shown}", headers=TEXT)
        if len(value) > LIMITS["max_meta_value_length"]:
            raise BadRequest(f"Metadata value longer than {LIMITS['max_meta_value_length']}: {shown}", headers=TEXT)
    if len(found) > LIMITS["max_meta_count"]:
        raise BadRequest(f"Too many metadata items; max {LIMITS['max_meta_count']}", headers=TEXT)
    if overall > LIMITS["max_meta_overall_size"]:
        raise BadRequest(f"Total metadata too large; max {LIMITS['max_meta_overall_size']}", headers=TEXT)


def changed(kept: Mapping[str, str], headers: Mapping[str, str], kind: str, more: Iterable[str] = ()) -> dict[str, str]:
    """The metadata of an account or container (`kind`) after a PUT or POST: what is said anew takes the place of what
    was, what is said empty or with `x-remove-…` goes. Raises BadRequest past a limit."""
    mark = f"x-{kind}-meta-"
    asked = {name: value.strip() for name, value in headers.items() if name.startswith(mark) or name in more}
    removed = f"x-remove-{kind}-"
    for name in headers:
        if name.startswith(removed):
            asked.setdefault(f"x-{kind}-{name.removeprefix(removed)}", "")
        elif name.startswith("x-remove-"):
            asked.setdefault(f"x-{name.removeprefix('x-remove-')}", "")
    given({name: value for name, value in asked.items() if value}, mark)
    both = {**kept, **asked}
    found = {name: value for name, value in both.items() if value}
    _check({name: value for name, value in found.items() if name.startswith(mark)}, mark)
    return found


def told(kept: Mapping[str, str], owner: bool) -> dict[str, str]:
    """What is kept of an account or container, for whom may see it."""
    if owner:
        return dict(kept)
    return {name: value for name, value in kept.items() if name not in OWNERS and not _KEY.fullmatch(name)}


def sent(headers: Mapping[str, str]) -> dict[str, str]:
    """What is said of an object otherwise than by headers (the fields of a form, the attributes in an archive), as a
    request would have it: values as their bytes, in Latin-1. Raises BadRequest for what no header can carry, since a
    GET would have to."""
    found = {name.lower(): value.encode(errors="surrogateescape").decode("latin-1") for name, value in headers.items()}
    if not all(_NAME.fullmatch(name) for name in found) or any(_CONTROL.search(value) for value in found.values()):
        raise BadRequest("Invalid header", headers=TEXT)
    check_media(found.get("content-type", ""))
    return found


def check_container_name(name: str) -> None:
    """Raises BadRequest for what cannot be a container's name."""
    most = LIMITS["max_container_name_length"]
    if len(name.encode()) > most:
        raise BadRequest(f"Container name length of {len(name.encode())} longer than {most}")
    check_text(name)


def check_object_name(name: str) -> None:
    most = LIMITS["max_object_name_length"]
    if len(name.encode()) > most:
        raise BadRequest(f"Object name length of {len(name.encode())} longer than {most}", headers=TEXT)
    check_text(name)


def check_media(said: str) -> None:
    """Raises BadRequest for a Content-Type that is no text, or says what a server of Swift would say to another."""
    try:
        said.encode("latin-1").decode()
    except UnicodeError:
        raise BadRequest("Invalid Content-Type", headers=TEXT) from None
    if any(parameter.strip().startswith("swift_") for parameter in said.split(";")[1:]):
        raise BadRequest("Invalid Content-Type, swift_* is not a valid parameter name.")


def check_text(name: str) -> None:
    """Raises PreconditionFailed for a name whose bytes were not UTF-8, or have a zero among them."""
    if "\0" in name or "\ufffd" in name:
        raise PreconditionFailed("Invalid UTF8 or contains NULL")
