"""Temporary URLs: a signature in the query lets anybody do one thing with one object, or below one prefix, for a while.

What is signed, by HMAC with a key from the account's or container's metadata (Swift, "TempURL middleware"):

    [ip=<range>\\n]<method>\\n<expires>\\n[prefix:]/v1/<account>/<container>/<object or prefix>

The path may also be the one with this service's mount in front, which is what clients sign that take it from the URL.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from ipaddress import ip_address, ip_network
from typing import Literal
from urllib.parse import quote

from msgspec import Struct

from stacklab.core.errors import BadRequest, Unauthorized
from stacklab.http.request import Query
from stacklab.objects import digests

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
_ALSO = {"HEAD": ("HEAD", "GET", "POST", "PUT")}  # what else a signature may be for
_POINTERS = ("x-object-manifest", "x-symlink-target", "x-copy-from")  # to data that the URL gives no access to
_IGNORED = ("x-timestamp", "x-open-expired")
_KEPT = ("temp_url_sig", "temp_url_expires", "temp_url_prefix", "temp_url_ip_range", "filename", "inline")
_LAST = 253_402_300_799  # the last second of the year 9999, where dates of HTTP end
_ISO = "%Y-%m-%dT%H:%M:%SZ"

Scope = Literal["account", "container"]
"""Whose key signed: what the request may touch on its way (segments, targets of links) is in there."""


class Link(Struct, frozen=True):
    """A URL's signature, read. `expires`: seconds since 1970. `prefix`: None when it is for one object."""

    digest: str
    signature: bytes
    expires: int
    prefix: str | None = None
    filename: str = ""
    inline: bool = False
    ip_range: str = ""


def invalid() -> Unauthorized:
    """How every unusable URL is refused: nothing tells one reason from another."""
    return Unauthorized("401 Unauthorized: Temp URL invalid\n", headers={"www-authenticate": 'Swift realm="unknown"'})


def given(query: Query) -> bool:
    """Whether a query says that it is a link."""
    return "temp_url_sig" in query or "temp_url_expires" in query


def read(query: Query, now: int, allowed: Iterable[str]) -> Link | None:
    """The link in a query; None when there is none. `now` in seconds, `allowed` are the digests this cloud takes.

    Raises Unauthorized for one that is incomplete, expired, or signed with another digest.
    """
    text, ends = _first(query, "temp_url_sig"), _first(query, "temp_url_expires")
    if text is None and ends is None:
        return None
    expires = _moment(ends or "")
    try:
        digest, signature = digests.split(text or "")
    except ValueError:
        raise invalid() from None
    if expires < now or digest not in allowed:
        raise invalid()
    return Link(
        digest,
        signature,
        expires,
        prefix=_first(query, "temp_url_prefix"),
        filename=_first(query, "filename") or "",
        inline="inline" in query,
        ip_range=_first(query, "temp_url_ip_range") or "",
    )


def _first(query: Query, name: str) -> str | None:
    return next(iter(query.all(name)), None)


def _moment(text: str) -> int:
    """Seconds since 1970 of a number or an ISO 8601 time in UTC; 0 when it is neither."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return int(datetime.strptime(text, _ISO).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return 0


class Target(Struct, frozen=True):
    """What a request is for, by decoded names; `mount` stands before `/v1`; `address` is who asks."""

    method: str
    account: str
    container: str
    object: str
    mount: str = ""
    address: str = ""


def verify(link: Link, target: Target, account_keys: Iterable[str], container_keys: Iterable[str]) -> Scope:
    """Whose key signed it. Raises Unauthorized unless the link is good for the target."""
    if not _fits(link, target) or not _near(link.ip_range, target.address):
        raise invalid()
    messages = _messages(link, target)
    signers: tuple[tuple[Scope, Iterable[str]], ...] = (("account", account_keys), ("container", container_keys))
    for scope, keys in signers:
        if digests.right(link.signature, link.digest, keys, messages) is not None:
            return scope
    raise invalid()


def _fits(link: Link, target: Target) -> bool:
    """Of a container itself only the root is shown, as a static web page, to a link for everything in it."""
    if target.method not in METHODS or not target.account or not target.container:
        return False
    if not target.object.strip("/") and not (target.method in ("GET", "HEAD") and link.prefix == ""):
        return False
    return link.prefix is None or target.object.startswith(link.prefix)


def _near(ip_range: str, address: str) -> bool:
    if not ip_range:
        return True
    try:
        return ip_address(address) in ip_network(ip_range)
    except ValueError:
        return False


def _messages(link: Link, target: Target) -> list[str]:
    name, kind = (target.object, "") if link.prefix is None else (link.prefix, "prefix:")
    path = f"/v1/{target.account}/{target.container}/{name}"
    origin = f"ip={link.ip_range}\n" if link.ip_range else ""
    methods = _ALSO.get(target.method, (target.method,))
    return [
        f"{origin}{method}\n{link.expires}\n{kind}{mount}{path}"
        for method in methods
        for mount in dict.fromkeys(("", target.mount))
    ]


def admit(method: str, headers: dict[str, str], query: Query) -> None:
    """Take out of a request that a link lets in what the link says nothing of.

    Raises BadRequest for a header that would make the object a pointer to data the link gives no access to.
    """
    if method not in ("GET", "HEAD"):
        for name in _POINTERS:
            if name in headers:
                raise BadRequest(f"The header '{name.title()}' is not allowed in this tempurl")
    for name in _IGNORED:
        headers.pop(name, None)
    query.pairs = [(name, value) for name, value in query.pairs if name in _KEPT]


def outgoing(link: Link, name: str, headers: Mapping[str, str], page: bool = False) -> dict[str, str]:
    """The headers of a good answer to GET or HEAD: private metadata left out, how to save it and until when put in.

    `name` is the object's; `page`: it is a listing made for a browser, not a file.
    """
    kept = without_private(headers)
    kept["content-disposition"] = _disposition(link, name, kept.get("content-disposition", ""), page)
    kept["expires"] = formatdate(min(link.expires, _LAST), usegmt=True)
    return kept


def without_private(headers: Mapping[str, str]) -> dict[str, str]:
    """Of an object's metadata only what is called public goes out."""
    return {
        key: value
        for key, value in headers.items()
        if not key.startswith("x-object-meta-") or key.startswith("x-object-meta-public-")
    }


def _disposition(link: Link, name: str, given: str, page: bool) -> str:
    inline = link.inline or page
    if inline and not link.filename:
        return "inline"
    if given and not link.filename:
        return given.replace("\n", "%0A")
    shown = link.filename or name.rstrip("/").rpartition("/")[2]
    kind = "inline" if inline else "attachment"
    # RFC 6266: the second form, by RFC 5987, is for names beyond ASCII.
    return f"{kind}; filename=\"{quote(shown, safe=' /')}\"; filename*=UTF-8''{quote(shown)}"
