"""The rows of home: an invitation, a node. Each kind of statement in one place."""

from typing import NamedTuple

from stacklab.core.db.database import row, rows

JOINED, DRAINING, REMOVED = "joined", "draining", "removed"
"""A draining node belongs here still, for what runs there, and takes no new servers."""


class Invite(NamedTuple):
    """Times in µs. `secret` is the SHA-256 of the join token's."""

    id: str
    name: str
    sponsor: str
    sponsor_url: str
    trusted: int
    secret: str
    created_at: int
    expires_at: int
    used_at: int | None
    revoked_at: int | None

    def state(self, now: int) -> str:
        """open, used, revoked or expired."""
        if self.used_at is not None:
            return "used"
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "open"


class Node(NamedTuple):
    """`services` and `capacity` are JSON; `seen_at` as stored, which lags behind by some seconds."""

    id: str
    name: str
    invite_id: str
    sponsor: str
    sponsor_url: str
    trusted: int
    address: str
    services: str
    public_key: str
    state: str
    capacity: str
    servers: int
    acknowledged: int
    joined_at: int
    seen_at: int
    removed_at: int | None


# ruff: noqa: S608  # every text put into SQL here is a constant of this file
_INVITE = ", ".join(Invite._fields)
_NODE = ", ".join(Node._fields)
INSERT_INVITE = f"INSERT INTO regions_invites ({_INVITE}) VALUES ({', '.join('?' * len(Invite._fields))})"
INSERT_NODE = f"INSERT INTO regions_nodes ({_NODE}) VALUES ({', '.join('?' * len(Node._fields))})"


def invite(invite_id: str) -> Invite | None:
    found = row(f"SELECT {_INVITE} FROM regions_invites WHERE id = ?", (invite_id,))
    return Invite(*found) if found else None


def invites() -> list[Invite]:
    return [Invite(*r) for r in rows(f"SELECT {_INVITE} FROM regions_invites ORDER BY created_at, id")]


def node(node_id: str) -> Node | None:
    """A node, removed or not."""
    found = row(f"SELECT {_NODE} FROM regions_nodes WHERE id = ?", (node_id,))
    return Node(*found) if found else None


def of_invite(invite_id: str) -> Node | None:
    found = row(f"SELECT {_NODE} FROM regions_nodes WHERE invite_id = ?", (invite_id,))
    return Node(*found) if found else None


def living() -> list[Node]:
    """The nodes that belong here, by region."""
    return [Node(*r) for r in rows(f"SELECT {_NODE} FROM regions_nodes WHERE state <> 'removed' ORDER BY name")]
