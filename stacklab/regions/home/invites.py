"""Invitations: each lets one machine become one region, once."""

from urllib.parse import urlsplit

from msgspec import Struct

from stacklab.core import clock
from stacklab.core.db.database import change, durable
from stacklab.core.errors import BadRequest, Conflict, NotFound
from stacklab.regions import is_name, join_token
from stacklab.regions.home import records
from stacklab.regions.home.records import Invite
from stacklab.regions.home.registry import Registry

_HOUR = 3600 * clock.SECOND


class Wanted(Struct, frozen=True):
    """Whom to invite. `hours`: how long the join token is good for."""

    name: str
    sponsor: str
    sponsor_url: str
    trusted: bool
    hours: float


def mint(registry: Registry, fingerprint: bytes, wanted: Wanted) -> tuple[Invite, str]:
    """The invitation and its join token, which is told this once. Raises BadRequest, Conflict."""
    if not is_name(wanted.name):
        raise BadRequest("Invalid input for field 'name': a region's name is letters, digits, '_', '.' and '-'.")
    if wanted.sponsor_url and not is_web(wanted.sponsor_url):
        raise BadRequest("Invalid input for field 'sponsor_url': it is not a web address.")
    if registry.known(wanted.name):
        raise Conflict(f"There is a region {wanted.name} already. Remove it first, or choose another name.")
    token, now = join_token.mint(fingerprint), clock.now()
    made = Invite(
        token.invite, wanted.name, wanted.sponsor, wanted.sponsor_url, int(wanted.trusted), token.kept,
        now, now + round(wanted.hours * _HOUR), None, None,
    )  # fmt: skip
    with durable():
        change(records.INSERT_INVITE, tuple(made))
    return made, token.text()


def is_web(text: str) -> bool:
    """An address that may stand in a catalogue or a link: http or https, nothing that templates or quotes."""
    parts = urlsplit(text)
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and not (parts.query or parts.fragment or parts.username)
        and not set(text) & set("$%\"'<>\\ {}")
        and text.isprintable()
    )


def revoke(invite_id: str) -> None:
    """Raises NotFound, Conflict where it was used: then the region itself can be removed."""
    with durable():
        found = records.invite(invite_id)
        if found is None:
            raise NotFound(f"Could not find invitation: {invite_id}.")
        if found.used_at is not None:
            raise Conflict(f"Invitation {invite_id} has been used: remove the region {found.name}.")
        change("UPDATE regions_invites SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", (clock.now(), invite_id))
