"""Which regions there are, in memory: what issuing a token and showing a catalogue asks of every request."""

from stacklab.core import clock
from stacklab.core.db.database import after_commit, change, row, rows, transaction
from stacklab.core.errors import NotFound
from stacklab.core.settings import Node as Here
from stacklab.identity.revocations import grant, region
from stacklab.identity.service import Identity
from stacklab.regions.home import outside, records
from stacklab.regions.home.records import DRAINING, Node


class Registry:
    """Implements identity's `Regions`. `own` is home's own region, which is trusted; `beside`: only this machine
    reaches home, so that its regions are beside it."""

    def __init__(self, identity: Identity, here: Here) -> None:
        self.own = here.region
        self.beside = outside.is_loopback(here.public_url or f"http://{here.listen}")
        self._identity = identity
        self._nodes: dict[str, Node] = {}
        self._seen: dict[str, int] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read the table again, once the surrounding transaction commits."""
        after_commit(self._read)

    def _read(self) -> None:
        self._nodes = {node.name: node for node in records.living()}
        self._identity.catalogue.keep_apart(n.name for n in self._nodes.values() if not n.trusted)

    def known(self, name: str) -> bool:
        return name == self.own or name in self._nodes

    def trusts(self, name: str) -> bool:
        node = self._nodes.get(name)
        return bool(node.trusted) if node else name == self.own

    def administers(self, name: str, user_id: str) -> bool:
        return row("SELECT 1 FROM regions_admins WHERE region = ? AND user_id = ?", (name, user_id)) is not None

    def nodes(self) -> list[Node]:
        return list(self._nodes.values())

    def node(self, name: str) -> Node:
        """Raises NotFound."""
        if name not in self._nodes:
            raise NotFound(f"Could not find region: {name}.")
        return self._nodes[name]

    def draining(self, name: str) -> bool:
        node = self._nodes.get(name)
        return node is not None and node.state == DRAINING

    def seen(self, node: Node) -> int:
        """When a node was heard of last (µs)."""
        return max(self._seen.get(node.id, 0), node.seen_at)

    def saw(self, node: Node) -> None:
        """Now. Not written at once: the next report does."""
        self._seen[node.id] = clock.now()

    def administrators(self, name: str) -> list[str]:
        self.require(name)
        return [r[0] for r in rows("SELECT user_id FROM regions_admins WHERE region = ? ORDER BY user_id", (name,))]

    def appoint(self, name: str, user_id: str) -> None:
        """Make a user an administrator of a region: their next token that is bound to it has the admin role there."""
        self.require(name)
        with transaction():
            change("INSERT INTO regions_admins VALUES (?, ?) ON CONFLICT DO NOTHING", (name, user_id))

    def dismiss(self, name: str, user_id: str) -> None:
        """The tokens they have for the region end. Raises NotFound where they are no administrator."""
        with transaction():
            if not change("DELETE FROM regions_admins WHERE region = ? AND user_id = ?", (name, user_id)):
                raise NotFound(f"Could not find administrator {user_id} of region: {name}.")
            self._identity.revocations.revoke(grant(user_id, region(name)))

    def require(self, name: str) -> None:
        if not self.known(name):
            raise NotFound(f"Could not find region: {name}.")
