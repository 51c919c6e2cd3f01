"""What anybody may know of each region, from what is remembered here: no card waits for its region."""

from typing import Any

import msgspec

from stacklab.core import clock
from stacklab.regions.home.records import DRAINING, Node

AWAY_AFTER = 20 * clock.SECOND
"""A node that follows its feed is heard of every five seconds."""


def card(node: Node, seen: int) -> dict[str, Any]:
    """`capacity`: vcpus, memory_mb and disk_gb, each total and used; {} before the first report."""
    return {
        "name": node.name,
        "home": False,
        "sponsor": node.sponsor,
        "sponsor_url": node.sponsor_url,
        "trusted": bool(node.trusted),
        "services": msgspec.json.decode(node.services),
        "capacity": msgspec.json.decode(node.capacity),
        "draining": node.state == DRAINING,
        "reachable": reachable(seen),
        "last_seen": clock.iso(seen),
    }


def reachable(seen: int) -> bool:
    return clock.now() - seen < AWAY_AFTER


def own(name: str, sponsor: str, sponsor_url: str, services: list[str], capacity: dict[str, Any]) -> dict[str, Any]:
    """Home's own region, which is reachable where home is."""
    return {
        "name": name,
        "home": True,
        "sponsor": sponsor,
        "sponsor_url": sponsor_url,
        "trusted": True,
        "services": services,
        "capacity": capacity,
        "draining": False,
        "reachable": True,
        "last_seen": clock.iso(clock.now()),
    }
