"""A region leaves: its endpoints, the tokens bound to it, its administrators and its node's standing go at once."""

from stacklab.core import clock
from stacklab.core.db.database import change, durable
from stacklab.core.errors import Conflict
from stacklab.identity.service import Identity
from stacklab.regions.home.records import REMOVED, Node
from stacklab.regions.home.registry import Registry


def remove(registry: Registry, identity: Identity, node: Node, reachable: bool, force: bool) -> None:
    """Raises Conflict while servers run there, or while nobody knows whether they do, unless forced."""
    if not force and node.servers:
        many = "1 server" if node.servers == 1 else f"{node.servers} servers"
        raise Conflict(f"Region {node.name} still has {many}. Delete them first, or force its removal.")
    if not force and not reachable:
        raise Conflict(f"Region {node.name} is away: what runs there is not known. Force its removal if it is to go.")
    now = clock.now()
    with durable():
        change("UPDATE regions_nodes SET state = ?, removed_at = ? WHERE id = ?", (REMOVED, now, node.id))
        change("DELETE FROM regions_admins WHERE region = ?", (node.name,))
        sql = "UPDATE regions_invites SET revoked_at = ? WHERE name = ? AND used_at IS NULL AND revoked_at IS NULL"
        change(sql, (now, node.name))
        identity.withdraw_region(node.name)
        registry.refresh()
