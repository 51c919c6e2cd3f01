"""Where this node belongs: one row, and the node's own key in a file. Both are made when it joins."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from stacklab.core import clock, secret_file
from stacklab.core.db.database import change, durable, row
from stacklab.regions import seal

JOINED, DRAINING, REMOVED = "joined", "draining", "removed"
_COLUMNS = "node_id, region, home_url, home_key, identity_url, trusted, state, feed_at, fresh_at, usage_until"
KEY = "node.key"


class Membership(Struct, frozen=True):
    """`home_url`: the address of home from here; `home_key`: base64 of the key that signs tokens; `identity_url`:
    where users log in; `trusted`: whether tokens bound to no region are good here; `feed_at`: the number of the last
    entry of the feed that was taken in; `fresh_at` and `usage_until` in µs."""

    node_id: str
    region: str
    home_url: str
    home_key: str
    identity_url: str
    trusted: bool
    state: str
    feed_at: int
    fresh_at: int
    usage_until: int

    @property
    def public_key(self) -> Ed25519PublicKey:
        return seal.public_key(self.home_key)


def load() -> Membership | None:
    """None where this node never joined: then it is home."""
    found = row(f"SELECT {_COLUMNS} FROM regions_membership")  # noqa: S608
    if found is None:
        return None
    node_id, region, home_url, home_key, identity_url, trusted, state, feed_at, fresh_at, until = found
    return Membership(node_id, region, home_url, home_key, identity_url, bool(trusted), state, feed_at, fresh_at, until)


def save(made: Membership) -> None:
    """In place of an earlier one: what that cloud said is forgotten, its outbox too."""
    with durable():
        for table in ("membership", "revocations", "outbox"):
            change(f"DELETE FROM regions_{table}")  # noqa: S608 - names above
        values = (made.node_id, made.region, made.home_url, made.home_key, made.identity_url, int(made.trusted))
        later = (made.state, made.feed_at, made.fresh_at, made.usage_until)
        change(f"INSERT INTO regions_membership ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values + later)  # noqa: S608


def mark_removed() -> None:
    """Home said that this node is no longer of it: nothing waits to be told any more."""
    with durable():
        change("UPDATE regions_membership SET state = ?", (REMOVED,))
        change("DELETE FROM regions_outbox")


def mark_draining(draining: bool) -> None:
    """Kept on the disk: a node that starts again while home is away still takes nothing new."""
    with durable():
        change("UPDATE regions_membership SET state = ?", (DRAINING if draining else JOINED,))


def mark_fresh(at: int) -> None:
    with durable():
        change("UPDATE regions_membership SET fresh_at = ?", (at,))


def own_key(folder: Path) -> Ed25519PrivateKey:
    """The node's key, made when there is none."""
    path = folder / KEY
    if not path.exists():
        secret_file.write(path, Ed25519PrivateKey.generate().private_bytes_raw())
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def forget_key(folder: Path) -> None:
    """Before joining again: a key that was removed is of no use."""
    (folder / KEY).unlink(missing_ok=True)


def period(at: int, seconds: int) -> int:
    """The beginning (µs) of the period of so many seconds that a moment is in."""
    return at - at % (seconds * clock.SECOND)
