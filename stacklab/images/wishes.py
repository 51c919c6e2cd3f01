"""Into which stores an import shall go: the request's body, or its header, or the default store."""

from typing import Any

from msgspec import Struct

from stacklab.core.errors import BadRequest, Conflict
from stacklab.images.stores import Stores


class Wish(Struct, frozen=True):
    """`must`: a store that fails fails them all. `every`: all stores were asked for, whichever there are."""

    stores: list[str]
    every: bool
    must: bool


def check(body: dict[str, Any]) -> None:
    """Raises BadRequest for a flag that is none, whichever image is meant."""
    for flag in ("all_stores", "all_stores_must_succeed"):
        if not isinstance(body.get(flag, False), bool):
            raise BadRequest(f"'{flag}' must be boolean value only")


def read(stores: Stores, body: dict[str, Any], header: str | None) -> Wish:
    """Raises BadRequest for what contradicts itself, Conflict for a store there is not or that takes nothing."""
    every, must = body.get("all_stores", False), body.get("all_stores_must_succeed", True)
    if every and ("stores" in body or header is not None):
        raise BadRequest("All_stores parameter can't be used with x-image-meta-store header or stores parameter")
    if "stores" in body and header is not None:
        raise BadRequest("Stores parameter and x-image-meta-store header can't be both specified")
    return Wish([*stores.files] if every else _named(stores, body, header), every, must)


def _named(stores: Stores, body: dict[str, Any], header: str | None) -> list[str]:
    named = body.get("stores") or [header or stores.default]
    if not isinstance(named, list):
        raise BadRequest("'stores' must be a list")
    for one in named:
        if not isinstance(one, str) or one not in stores.ids:
            raise Conflict(f"Store for identifier {str(one)[:64]} not found")
        if one == stores.web:
            raise Conflict(f"The store {one!r} is read-only.")
    return list(dict.fromkeys(named))
