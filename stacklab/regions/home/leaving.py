"""A region leaves: drained first, which takes until its last server is deleted, or at once where it is forced.

With it go its endpoints, the tokens bound to it, its administrators and its node's standing.
"""

from stacklab.core import clock
from stacklab.core.db.database import change, durable
from stacklab.core.errors import Conflict
from stacklab.identity.service import Identity
from stacklab.regions.home.records import DRAINING, REMOVED, Node
from stacklab.regions.home.registry import Registry


def drain(registry: Registry, node: Node, reachable: bool) -> bool:
    """Whether servers hold it back: then it is draining, and its node hears so with home's next answer. Raises Conflict
    while it is away: neither would it hear, nor is it known what runs there."""
    if not reachable:
        raise Conflict(f"Region {node.name} is away: what runs there is not known. Force its removal if it is to go.")
    if not node.servers:
        return False
    with durable():
        change("UPDATE regions_nodes SET state = ? WHERE id = ?", (DRAINING, node.id))
        registry.refresh()
    return True


def remove(registry: Registry, identity: Identity, node: Node) -> None:
    """Whatever runs there."""
    now = clock.now()
    with durable():
        change("UPDATE regions_nodes SET state = ?, removed_at = ? WHERE id = ?", (REMOVED, now, node.id))
        change("DELETE FROM regions_admins WHERE region = ?", (node.name,))
        sql = "UPDATE regions_invites SET revoked_at = ? WHERE name = ? AND used_at IS NULL AND revoked_at IS NULL"
        change(sql, (now, node.name))
        identity.withdraw_region(node.name)
        registry.refresh()
