"""Registered limits: the default of each resource that a service counts, everywhere or in one region."""

from typing import Any

from stacklab.core import ids
from stacklab.core.db.database import durable, row
from stacklab.core.errors import BadRequest, Conflict, Forbidden
from stacklab.identity import catalogue_entries
from stacklab.identity.catalogue_model import RegisteredLimit

_SAME = """
SELECT id FROM identity_registered_limits
WHERE service_id = ? AND resource_name = ? AND COALESCE(region_id, '') = COALESCE(?, '')
"""
_IN_USE = "SELECT 1 FROM identity_limits WHERE registered_limit_id = ?"


def find(limit_id: str) -> RegisteredLimit | None:
    found: RegisteredLimit | None = RegisteredLimit.get_or_none(RegisteredLimit.id == limit_id)
    return found


def of(service_id: str, resource_name: str, region_id: str | None) -> str | None:
    """The id of the one for exactly this resource and region (None: everywhere)."""
    found = row(_SAME, (service_id, resource_name, region_id))
    return found[0] if found else None


def require_places(fields: dict[str, Any], noun: str) -> None:
    """Raises BadRequest for a service or region that is not there."""
    if fields.get("service_id") is not None and catalogue_entries.service(fields["service_id"]) is None:
        raise lacking("service_id", noun)
    if fields.get("region_id") is not None and catalogue_entries.region(fields["region_id"]) is None:
        raise lacking("region_id", noun)


def lacking(attribute: str, noun: str) -> BadRequest:
    return BadRequest(
        f"Expecting to find {attribute} in {noun}. The server could not comply with the request since it is either "
        "malformed or otherwise incorrect. The client is assumed to be in error."
    )


def create(asked: list[dict[str, Any]]) -> list[RegisteredLimit]:
    """All or none. Raises BadRequest, Conflict for a resource that has one."""
    with durable():
        return [_create(fields) for fields in asked]


def _create(fields: dict[str, Any]) -> RegisteredLimit:
    require_places(fields, "registered_limit")
    _require_free(fields)
    made: RegisteredLimit = RegisteredLimit.create(id=ids.new_hex(), **fields)
    return made


def _require_free(fields: dict[str, Any], own: str | None = None) -> None:
    if of(fields["service_id"], fields["resource_name"], fields.get("region_id")) not in (None, own):
        raise Conflict("Conflict occurred attempting to store registered_limit - Duplicate entry.")


def update(found: RegisteredLimit, changes: dict[str, Any]) -> RegisteredLimit:
    """Raises Forbidden while a limit refers to it, Conflict, BadRequest."""
    with durable():
        require_places(changes, "registered_limit")
        _require_unused(found)
        for key, value in changes.items():
            setattr(found, key, value)
        place = {"service_id": found.service_id, "resource_name": found.resource_name, "region_id": found.region_id}
        _require_free(place, found.id)
        found.save()
    return found


def delete(found: RegisteredLimit) -> None:
    """Raises Forbidden while a limit refers to it."""
    with durable():
        _require_unused(found)
        found.delete_instance()


def _require_unused(found: RegisteredLimit) -> None:
    if row(_IN_USE, (found.id,)):
        raise Forbidden(
            f"Unable to update or delete registered limit {found.id} because there are project limits associated "
            "with it."
        )
