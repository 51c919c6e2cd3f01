"""The users, projects and domains whose tokens came here: the feed calls them by their digests alone."""

from stacklab.core.db.database import change, row, transaction
from stacklab.http.context import Caller
from stacklab.regions.digest import digest


def remember(caller: Caller) -> None:
    """Once each; a token is read once, so this is off the hot path."""
    named = {
        ("user", caller.user_id),
        ("domain", caller.user_domain_id),
        ("project", caller.project_id),
        ("domain", caller.project_domain_id),
    }
    fresh = [(digest(found), kind, found) for kind, found in named if found and name(kind, digest(found)) is None]
    if fresh:
        with transaction():
            for line in sorted(fresh):
                change("INSERT INTO regions_met VALUES (?, ?, ?) ON CONFLICT DO NOTHING", line)


def name(kind: str, known_as: str) -> str | None:
    """Who a digest is, where they were here."""
    found = row("SELECT id FROM regions_met WHERE digest = ? AND kind = ?", (known_as, kind))
    return found[0] if found else None


def forget(known_as: str) -> None:
    """They are gone for good."""
    with transaction():
        change("DELETE FROM regions_met WHERE digest = ?", (known_as,))
