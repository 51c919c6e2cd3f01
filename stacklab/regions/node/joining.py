"""Joining home: check that it is the home the token speaks of, prove to have the token, keep what it tells.

The key is on the disk before it is told, so that a node killed in between asks again with the same one and gets the
same answer.
"""

from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stacklab.core import clock
from stacklab.regions import PATHS, is_name, join_token, seal
from stacklab.regions.node import membership
from stacklab.regions.node.client import Away, Refused, Wire
from stacklab.regions.node.membership import JOINED, REMOVED, Membership


class CannotJoin(Exception):
    """Why not, for the operator."""


def join(home_url: str, text: str, region: str, address: str, keys: Path, usage_seconds: int) -> Membership:
    """This node's membership; the one there is where it joined before. Raises CannotJoin.

    `address` is where others reach this node, `keys` the folder of its key.
    """
    known = membership.load()
    if known and known.state != REMOVED and (known.region, known.home_url) == (region, home_url.rstrip("/")):
        return known
    if known and known.state != REMOVED:
        raise CannotJoin(f"this node is the region {known.region} of {known.home_url}; remove it there first")
    try:
        token = join_token.parse(text)
    except ValueError as error:
        raise CannotJoin(str(error)) from None
    if not is_name(region):
        raise CannotJoin(f"{region!r} is no name for a region: letters, digits, '_', '.' and '-'")
    if known:
        membership.forget_key(keys)
    made = _ask(home_url.rstrip("/"), token, region, address, keys, usage_seconds)
    membership.save(made)
    return made


def _ask(home_url: str, token: join_token.JoinToken, region: str, address: str, keys: Path, every: int) -> Membership:
    wire = Wire(home_url)
    try:
        key = _home_key(wire, token)
        mine = seal.public_text(membership.own_key(keys).public_key())
        request = msgspec.json.encode(
            {"region": region, "public_key": mine, "address": address, "services": list(PATHS)}
        )
        proof = join_token.proof(token.kept, request)
        body = {"invite": token.invite, "proof": proof, "request": request.decode()}
        told = _tell(wire, key, proof, body)
    except Away as away:
        raise CannotJoin(f"{home_url} does not answer: {away}") from None
    except Refused as refused:
        raise CannotJoin(f"{home_url} refuses: {refused}") from None
    finally:
        wire.close()
    now = clock.now()
    return Membership(
        told["node"], told["region"], home_url, seal.public_text(key), told["identity"], told["trusted"],
        JOINED, 0, 0, membership.period(now, every),
    )  # fmt: skip


def _home_key(wire: Wire, token: join_token.JoinToken) -> Ed25519PublicKey:
    """Home's key, which must be the one the token was made with."""
    status, _seal, body = wire.exchange("GET", "/regions/v1/key", b"", {})
    try:
        key = seal.public_key(msgspec.json.decode(body)["key"])
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError):
        raise Away(f"what answers ({status}) is no home of a StackLab cloud") from None
    if seal.fingerprint(key) != token.fingerprint:
        raise Away("it is not the home this join token is from")
    return key


def _tell(wire: Wire, key: Ed25519PublicKey, proof: str, body: dict[str, Any]) -> Any:
    status, sealed, answer = wire.exchange("POST", "/regions/v1/join", msgspec.json.encode(body), {})
    if status != 201:
        raise Refused(_words(answer) or str(status))
    try:
        seal.check_answer(key, sealed, proof, status, answer)
    except seal.Forged:
        raise Away("an answer is not home's") from None
    return msgspec.json.decode(answer)


def _words(answer: bytes) -> str:
    try:
        return str(msgspec.json.decode(answer)["error"]["message"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        return ""
