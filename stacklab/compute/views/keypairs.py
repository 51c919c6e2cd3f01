"""A key pair as clients see it."""

from typing import Any

from stacklab.compute.model.keypairs import Keypair
from stacklab.core import clock
from stacklab.http.microversion import Version


def brief(pair: Keypair, version: Version) -> dict[str, Any]:
    view = {"name": pair.name, "public_key": pair.public_key, "fingerprint": pair.fingerprint}
    if version >= (2, 2):
        view["type"] = pair.type
    return view


def detail(pair: Keypair, version: Version) -> dict[str, Any]:
    return {
        **brief(pair, version),
        "id": pair.id,
        "user_id": pair.user_id,
        "created_at": clock.naive_us(pair.created_at),
        "deleted": False,
        "deleted_at": None,
        "updated_at": None,
    }


def created(pair: Keypair, private_key: str | None, version: Version) -> dict[str, Any]:
    """The only time the private key is shown."""
    view = {**brief(pair, version), "user_id": pair.user_id}
    if private_key:
        view["private_key"] = private_key
    return view
