"""Links in mails: what each grants to whoever holds it, once, until it expires.

A request for a mail makes a link for whatever address it names. Whether the address has an account is looked up by the
job that writes the mail, never while somebody waits for the answer. Only the SHA-256 of the secret in it is kept.
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from stacklab.core import clock, ids
from stacklab.core.db.database import change, durable, row, transaction
from stacklab.core.errors import NotFound

VERIFY, RESET = "verify", "reset"
_FIND = (
    "SELECT l.id, l.kind, l.email, l.language, l.expires_at FROM signup_tokens AS t "
    "JOIN signup_links AS l ON l.id = t.link_id WHERE t.hash = ? AND l.expires_at > ?"
)
_NEWEST = (
    "SELECT id, kind, email, language, expires_at FROM signup_links "
    "WHERE email = ? AND kind = ? AND expires_at > ? ORDER BY expires_at DESC LIMIT 1"
)


class Link(NamedTuple):
    """`expires_at` in µs."""

    id: str
    kind: str
    email: str
    language: str
    expires_at: int


def open_for(kind: str, email: str, language: str, hours: int) -> Link:
    """A new link. Nobody holds it yet: `token` makes the secret that a mail carries."""
    now = clock.now()
    link = Link(ids.new_hex(), kind, email, language, now + hours * 3600 * clock.SECOND)
    with transaction():
        change("DELETE FROM signup_links WHERE expires_at <= ?", (now,))
        change("INSERT INTO signup_links VALUES (?, ?, ?, ?, ?)", tuple(link))
    return link


def newest(kind: str, email: str) -> Link | None:
    found = row(_NEWEST, (email, kind, clock.now()))
    return Link(*found) if found else None


def token(link_id: str) -> str | None:
    """A fresh secret that opens the link; None when it was used meanwhile. Those made before stay good."""
    made = secrets.token_urlsafe(32)
    sql = "INSERT INTO signup_tokens SELECT ?, id FROM signup_links WHERE id = ?"
    with transaction():
        return made if change(sql, (_hash(made), link_id)) == 1 else None


def find(secret: str, *kinds: str) -> Link:
    """Raises NotFound for a secret that opens nothing (any more)."""
    found = row(_FIND, (_hash(secret), clock.now()))
    if found is None or found[1] not in kinds:
        raise NotFound("This link was used, has expired, or never was one of ours. Ask for a new mail.")
    return Link(*found)


@contextmanager
def used(secret: str, kind: str) -> Iterator[Link]:
    """Use the link up, with all others of its kind for the address; should the body raise, it can be used again.

    A process killed inside leaves it used: the worst is a person who has to ask for another mail.
    """
    with durable():
        link = find(secret, kind)
        change("DELETE FROM signup_links WHERE id = ?", (link.id,))
    try:
        yield link
    except BaseException:
        with transaction():
            change("INSERT INTO signup_links VALUES (?, ?, ?, ?, ?)", tuple(link))
            change("INSERT INTO signup_tokens VALUES (?, ?)", (_hash(secret), link.id))
        raise
    with transaction():
        change("DELETE FROM signup_links WHERE email = ? AND kind = ?", (link.email, kind))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
