"""Regions: who lends one, how a node joins, and what home and node tell each other afterwards.

`home` is what the home node has of it: invitations, the registry of nodes, the feed of revocations, what came in from
the outboxes. `node` is what every other node has instead of identity: home's public key, the feed as far as it was
read, an outbox. Between the two: `join_token`, `seal` (who says what is proven by signatures, on any wire) and `digest`
(the feed names nobody to a node that has not met them).

Owns the path /regions and the tables regions_*.
"""

import re

NAME = "regions"
PREFIX = "/regions"
PATHS = {
    "compute": "/compute/v2.1",
    "network": "/network",
    "image": "/image",
    "object-store": "/object-store/v1/AUTH_$(project_id)s",
    "placement": "/placement",
}
"""The services of a region: catalogue type → where on the node."""

_REGION = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_TAKEN = {"v3", "v2.0"}  # what else may come after /identity/


def is_name(text: str) -> bool:
    """Whether a region can be called so: it is a segment of a path, and letters anybody can type."""
    return _REGION.fullmatch(text) is not None and text not in _TAKEN
