"""How this node stands with home, from minute to minute: what its health says, and whether tokens can be checked."""

import threading
from typing import Any

from stacklab.core import clock
from stacklab.regions.node import membership
from stacklab.regions.node.membership import DRAINING, REMOVED, Membership

_STALE_AFTER = 15 * clock.SECOND
"""An answer comes every five seconds when all is well."""


class Standing:
    """`feed_at` and `fresh_at` are the follower's to move; `patience` in hours."""

    def __init__(self, where: Membership, patience: float) -> None:
        self.where = where
        self.feed_at, self.fresh_at = where.feed_at, where.fresh_at
        self.removed = where.state == REMOVED
        self.draining = where.state == DRAINING
        self._patience = patience
        self.asked = threading.Event()
        """Set once home was asked since this process started, whatever came of it."""

    def end(self) -> None:
        """Home has removed this node."""
        membership.mark_removed()
        self.removed = True

    def drain(self, draining: bool) -> None:
        """Home says whether this node is to take new servers still."""
        if draining != self.draining:
            membership.mark_draining(draining)
            self.draining = draining

    def closing(self) -> str:
        """Why no new server is taken, in words for whoever asks; "" when they are."""
        if not self.draining:
            return ""
        return (
            f"This region is closing; what runs in {self.where.region} goes on until it is deleted. Start new servers "
            "in another region."
        )

    @property
    def age(self) -> int:
        """How long home was not heard of (µs)."""
        return max(clock.now() - self.fresh_at, 0)

    def refusal(self) -> str:
        """Why no token can be checked, in words for whoever asks; "" when they can."""
        if self.removed:
            return f"The region {self.where.region} has left this cloud."
        if not self.fresh_at:
            return f"The region {self.where.region} has just joined and has not heard of its home yet. Try again."
        if self.age > self._patience * 3600 * clock.SECOND:
            hours = self.age / clock.SECOND / 3600
            return (
                f"The region {self.where.region} has not heard of its home for {hours:.1f} hours and can no longer "
                "tell whether a token was revoked. Try again when home is back."
            )
        return ""

    def health(self) -> dict[str, Any]:
        """For `/healthz` and `/readyz`."""
        state = "fresh" if self.age < _STALE_AFTER else "stale"
        if self.refusal():
            state = "removed" if self.removed else "refusing"
        return {
            "region": self.where.region,
            "home": self.where.home_url,
            "draining": self.draining,
            "feed": {"state": state, "age_seconds": self.age // clock.SECOND, "entry": self.feed_at},
        }
