"""The door to what a region's node has in place of identity."""

from pathlib import Path
from typing import Any

from stacklab.core.events import Bus
from stacklab.core.jobs import Kind
from stacklab.core.settings import Settings
from stacklab.regions import PATHS
from stacklab.regions.node import membership, outbox, s3_keys
from stacklab.regions.node.client import Link, Wire
from stacklab.regions.node.follower import TIMEOUT, Follower
from stacklab.regions.node.membership import Membership
from stacklab.regions.node.revocations import Revocations
from stacklab.regions.node.s3_keys import S3Keys
from stacklab.regions.node.sender import Reporting, Sender
from stacklab.regions.node.standing import Standing
from stacklab.regions.node.verifier import Verifier


class Node(Verifier):
    """Construct after the migrations, where `membership.load()` finds something. `about` is filled by the composition
    root; `start()` begins to follow the feed and to report."""

    def __init__(self, settings: Settings, where: Membership, keys: Path, bus: Bus) -> None:
        self.about = Reporting()
        self.standing = Standing(where, settings.regions.stale_hours)
        revocations = Revocations()
        super().__init__(where, revocations, self.standing.refusal)
        key = membership.own_key(keys)
        feed, reports = (Link(Wire(where.home_url, TIMEOUT), where.node_id, key, where.public_key) for _ in range(2))
        self.s3_keys = S3Keys(
            self, lambda: Link(Wire(where.home_url, s3_keys.TIMEOUT), where.node_id, key, where.public_key)
        )
        self._follower = Follower(feed, self.standing, revocations, bus)
        self._sender = Sender(
            reports, self.standing, self.about, settings.regions.report_seconds, settings.regions.usage_seconds
        )

    def identity_url(self, _root: str = "") -> str:
        """Where users of this region log in."""
        return f"{self.where.identity_url}/{self.where.region}"

    def trusted(self) -> bool:
        """Whether tokens that are bound to no region are good here."""
        return self.where.trusted

    def start(self) -> None:
        """Tell home where this node is now, and listen to it from now on."""
        if not self.standing.removed:
            payload = {"address": self.base_url.rstrip("/"), "services": list(PATHS)}
            outbox.put("registration", "registration", payload, latest=True)
        self._follower.start()
        self._sender.start()

    def stop(self) -> None:
        self._follower.stop()
        self._sender.stop()
        self.s3_keys.close()

    def health(self) -> dict[str, Any]:
        return {**self.standing.health(), "outbox": outbox.waiting(), "parked": outbox.parked()}

    def jobs(self) -> dict[str, Kind]:
        return {}
