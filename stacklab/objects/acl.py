"""Container ACLs: whom besides an account's own people a container lets read or write.

`X-Container-Read` and `X-Container-Write` are lists with commas of

    .r:*  .r:.example.com  .r:-thief.example.com    whom a page on that host sends (reading only; the last match counts)
    .rlistings                                      those may also list the container
    project:user, project:*, *:user, *:*            ids; names too where both are of the default domain
    role                                            who has the role on the account's own project

as Swift documents them ("Access Control Lists"); the order in which they are weighed is keystoneauth's.
"""

from functools import lru_cache
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from stacklab.core.errors import BadRequest

LISTINGS = ".rlistings"
_REFERRER = (".r", ".ref", ".referer", ".referrer")
_UNKNOWN_HOST = "unknown"  # what a request without a readable Referer counts as


class Acl(Struct, frozen=True):
    """`referrers` in order, without `.r:`; `members` are what else stands there, unquoted."""

    referrers: tuple[str, ...] = ()
    members: frozenset[str] = frozenset()


NOBODY = Acl()


def clean(header: str, value: str) -> str:
    """The value as it is kept: without needless space, referrers in their short form.

    Raises BadRequest, in Swift's words, for a referrer without a host, one in a write ACL, and a designator that
    nobody knows.
    """
    writing = "write" in header.lower()
    items = (item.strip() for item in value.split(","))
    return ",".join(_clean(item, writing) for item in items if item)


def _clean(item: str, writing: bool) -> str:
    kind, colon, rest = (part.strip() for part in item.partition(":"))
    if not colon or not kind.startswith("."):
        return item
    if kind not in _REFERRER:
        raise BadRequest(f"Unknown designator {kind!r} in ACL: {item!r}")
    if writing:
        raise BadRequest(f"Referrers not allowed in write ACL: {item!r}")
    minus, host = ("-", rest[1:].strip()) if rest.startswith("-") else ("", rest)
    if host != "*" and host.startswith("*"):
        host = host[1:].strip()
    if host in ("", "."):
        raise BadRequest(f"No host/domain value after referrer designation in ACL: {item!r}")
    return f".r:{minus}{host}"


@lru_cache(maxsize=4096)
def parse(value: str) -> Acl:
    """A kept value, read."""
    items = [item for item in value.split(",") if item]
    referrers = tuple(item.removeprefix(".r:") for item in items if item.startswith(".r:"))
    return Acl(referrers, frozenset(unquote(item) for item in items if not item.startswith(".r:")))


def referred(acl: Acl, referer: str) -> bool:
    """Whether whoever comes from this page is let in; the last rule that fits the page's host decides."""
    host, allowed = _host(referer), False
    for rule in acl.referrers:
        if rule.startswith("-"):
            allowed = allowed and not _fits(host, rule[1:])
        else:
            allowed = allowed or rule == "*" or _fits(host, rule)
    return allowed


def _fits(host: str, pattern: str) -> bool:
    return pattern == host or (pattern.startswith(".") and host.endswith(pattern))


def _host(referer: str) -> str:
    try:
        return urlsplit(referer).hostname or _UNKNOWN_HOST
    except ValueError:
        return _UNKNOWN_HOST


def includes(acl: Acl, projects: tuple[str, ...], users: tuple[str, ...]) -> bool:
    """Whether a user of a project is named; each by its id and, where names count, its name."""
    if not acl.members:
        return False
    return any(f"{project}:{user}" in acl.members for project in (*projects, "*") for user in (*users, "*"))


def has_role(acl: Acl, roles: frozenset[str]) -> bool:
    """Whether one of the roles is named, in capitals or not."""
    return not {member.lower() for member in acl.members}.isdisjoint(role.lower() for role in roles)
