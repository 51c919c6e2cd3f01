"""The door to regions at home."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from stacklab.core.db.database import change, transaction
from stacklab.core.errors import Forbidden, Gone
from stacklab.core.events import Bus, Event
from stacklab.core.jobs import Kind
from stacklab.core.settings import Settings
from stacklab.identity.keys import signing_key
from stacklab.identity.service import Identity
from stacklab.regions import PATHS, seal
from stacklab.regions.home import (
    cards,
    inbox,
    invites,
    joining,
    leaving,
    policy,  # noqa: F401  # declares who may do what
    records,
)
from stacklab.regions.home.feed import Feed
from stacklab.regions.home.invites import Wanted
from stacklab.regions.home.records import REMOVED, Invite, Node
from stacklab.regions.home.registry import Registry
from stacklab.regions.home.s3_keys import HomeKeys
from stacklab.regions.home.schema import JoinRequest, NewInvite, Report

Capacity = Callable[[], dict[str, Any]]
"""vcpus, memory_mb and disk_gb of this node's own region, each `{"total", "used"}`."""


class Home:
    """Construct after identity, whose registry of regions it becomes. `capacity` is set by the composition root."""

    def __init__(self, settings: Settings, identity: Identity, keys: Path, bus: Bus) -> None:
        self.settings, self.identity = settings, identity
        self.capacity: Capacity = dict
        self.key = signing_key(keys)
        self.registry = Registry(identity, settings.node)
        self.feed = Feed(identity, bus)
        identity.regions = self.registry
        self.s3_keys = HomeKeys(identity, self.registry, settings.node.public_url or f"http://{settings.node.listen}")
        bus.subscribe("user.deleted", _forget_user)

    def invite(self, asked: NewInvite) -> tuple[Invite, str]:
        """The invitation and its join token."""
        hours = asked.hours or float(self.settings.regions.invite_hours)
        wanted = Wanted(asked.name, asked.sponsor, asked.sponsor_url, asked.trusted, hours)
        return invites.mint(self.registry, seal.fingerprint(self.key.public_key()), wanted)

    def join(self, asked: JoinRequest) -> Node:
        return joining.join(self.registry, self.identity, asked)

    def who(self, headers: dict[str, str], method: str, target: str, body: bytes) -> Node:
        """The node that sealed this request. Raises Forbidden; Gone, which names the node, where it was removed."""
        node = records.node(headers.get(seal.NODE, ""))
        if node is None:
            raise Forbidden("No such node belongs to this cloud.")
        try:
            key = seal.public_key(node.public_key)
            seal.check_request(key, headers.get(seal.SEAL, ""), headers.get(seal.AT, ""), method, target, body)
        except (seal.Forged, ValueError) as error:
            raise Forbidden(f"The seal of this request is not the node's: {error}.") from None
        if node.state == REMOVED:
            raise Gone(f"Region {node.name} has been removed.")
        self.registry.saw(node)
        return node

    def acknowledge(self, node: Node, number: int) -> None:
        """The node has read the feed up to here."""
        if number > node.acknowledged:
            with transaction():
                change("UPDATE regions_nodes SET acknowledged = ? WHERE id = ?", (number, node.id))

    def report(self, node: Node, report: Report) -> tuple[list[int], dict[int, str]]:
        return inbox.take(self.registry, self.identity, node, report)

    def remove(self, name: str, force: bool) -> int:
        """How many servers hold the region back; 0 when it is gone. Raises NotFound, Conflict."""
        node = self.registry.node(name)
        if not force and leaving.drain(self.registry, node, cards.reachable(self.registry.seen(node))):
            self.feed.bell.ring()
            return node.servers
        leaving.remove(self.registry, self.identity, node)
        return 0

    def cards(self) -> list[dict[str, Any]]:
        """Every region, home's own first."""
        wishes = self.settings.regions
        own = cards.own(self.registry.own, wishes.sponsor, wishes.sponsor_url, list(PATHS), self.capacity())
        return [own, *(cards.card(node, self.registry.seen(node)) for node in self.registry.nodes())]

    def close(self) -> None:
        """Let go of the nodes that wait for news."""
        self.feed.bell.close()

    def jobs(self) -> dict[str, Kind]:
        return {}


def _forget_user(event: Event) -> None:
    with transaction():
        change("DELETE FROM regions_admins WHERE user_id = ?", (event.subject,))
