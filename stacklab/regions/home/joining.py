"""A node joins: it shows that it holds the join token's secret, and is from then on known by its key."""

import hmac
from typing import Any

import msgspec

from stacklab.core import clock, ids
from stacklab.core.db.database import change, durable
from stacklab.core.errors import BadRequest, Conflict, Forbidden
from stacklab.identity.service import Identity
from stacklab.regions import PATHS, join_token, seal
from stacklab.regions.home import invites, outside, records
from stacklab.regions.home.records import JOINED, REMOVED, Invite, Node
from stacklab.regions.home.registry import Registry
from stacklab.regions.home.schema import Joining, JoinRequest

_IDENTITY = "$(base)s/identity/v3"


def join(registry: Registry, identity: Identity, asked: JoinRequest) -> Node:
    """The node that this invitation made: the same again for the same key, whose first answer may have been lost.

    Raises Forbidden for a token that is unknown, altered, used, revoked or expired; Conflict, BadRequest.
    """
    raw = asked.request.encode()
    found = records.invite(asked.invite)
    proof = join_token.proof(found.secret if found else "00" * 32, raw)
    if found is None or not hmac.compare_digest(proof, asked.proof):
        raise Forbidden("This join token is not known here, or is not as it was given out.")
    wanted = _wanted(raw)
    with durable():
        known = records.of_invite(found.id)
        if known and known.public_key == wanted.public_key and known.state != REMOVED:
            return known
        return _admit(registry, identity, _require_open(found.id, wanted), wanted)


def _wanted(raw: bytes) -> Joining:
    try:
        wanted = msgspec.json.decode(raw, type=Joining)
        seal.public_key(wanted.public_key)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadRequest(f"Invalid input for field 'request': {error}") from None
    if not invites.is_web(wanted.address):
        raise BadRequest("Invalid input for field 'address': it is not a web address.")
    return wanted


def _require_open(invite_id: str, wanted: Joining) -> Invite:
    """The invitation as it is now, which nobody else can use meanwhile."""
    invite = records.invite(invite_id)
    assert invite is not None  # rows of invitations are never deleted
    state = invite.state(clock.now())
    if state != "open":
        raise Forbidden(f"This join token is {state}.")
    if wanted.region != invite.name:
        raise Conflict(f"This join token is for the region {invite.name}, not {wanted.region}.")
    return invite


def _admit(registry: Registry, identity: Identity, invite: Invite, wanted: Joining) -> Node:
    if registry.known(invite.name):
        raise Conflict(f"There is a region {invite.name} already.")
    now = clock.now()
    made = Node(
        ids.new_hex(), invite.name, invite.id, invite.sponsor, invite.sponsor_url, invite.trusted,
        wanted.address.rstrip("/"), "[]", wanted.public_key, JOINED, "{}", 0, 0, now, now, None,
    )  # fmt: skip
    change("UPDATE regions_invites SET used_at = ? WHERE id = ?", (now, invite.id))
    change(records.INSERT_NODE, tuple(made))
    register(registry, identity, made, wanted.address, wanted.services)
    return made


def register(registry: Registry, identity: Identity, node: Node, address: str, services: list[str]) -> None:
    """Where a node is and what it serves, into the catalogue. Raises BadRequest."""
    if not invites.is_web(address):
        raise BadRequest("Invalid input for field 'address': it is not a web address.")
    if outside.is_inside(address) and not registry.beside:
        raise BadRequest(
            f"Invalid input for field 'address': {address} is an address of this machine or its surroundings, which "
            "others cannot reach. Start the node with --public-url."
        )
    address = address.rstrip("/")
    kinds = [kind for kind in PATHS if kind in services]
    urls: dict[str, Any] = {kind: address + PATHS[kind] for kind in kinds}
    sponsor = f"Lent by {node.sponsor}" if node.sponsor else ""
    with durable():
        sql = "UPDATE regions_nodes SET address = ?, services = ? WHERE id = ?"
        change(sql, (address, msgspec.json.encode(kinds).decode(), node.id))
        identity.publish_region(node.name, sponsor, {"identity": _IDENTITY, **urls})
        registry.refresh()
