"""Regions, services and endpoints: what the catalogue is made of. Every change empties the rendered catalogues."""

from typing import Any

from stacklab.core import ids
from stacklab.core.db.database import change, durable
from stacklab.core.errors import BadRequest, Conflict, Forbidden, NotFound
from stacklab.identity.model import Endpoint, Region, Service
from stacklab.identity.parts import Parts


def region(region_id: str) -> Region | None:
    found: Region | None = Region.get_or_none(Region.id == region_id)
    return found


def service(service_id: str) -> Service | None:
    found: Service | None = Service.get_or_none(Service.id == service_id)
    return found


def endpoint(endpoint_id: str) -> Endpoint | None:
    found: Endpoint | None = Endpoint.get_or_none(Endpoint.id == endpoint_id)
    return found


def create_region(fields: dict[str, Any], extra: dict[str, Any]) -> Region:
    """Raises Conflict for a taken id, NotFound for an unknown parent."""
    fields["id"] = fields.get("id") or ids.new_hex()
    with durable():
        if region(fields["id"]):
            raise Conflict(f"Conflict occurred attempting to store region - Duplicate ID, {fields['id']}.")
        _require_parent(fields)
        made: Region = Region.create(extra=extra, **fields)
    return made


def _require_parent(fields: dict[str, Any]) -> None:
    parent = fields.get("parent_id")
    if parent == fields["id"]:
        raise BadRequest("Invalid input for field 'parent_region_id': a region cannot be its own parent.")
    if parent and region(parent) is None:
        raise NotFound(f"Could not find region: {parent}.")


def update_region(parts: Parts, found: Region, changes: dict[str, Any], extra: dict[str, Any]) -> Region:
    _require_parent({**changes, "id": found.id})
    changed: Region = _update(parts, found, changes, extra)
    return changed


def _update(parts: Parts, found: Any, changes: dict[str, Any], extra: dict[str, Any]) -> Any:
    with durable():
        for key, value in changes.items():
            setattr(found, key, value)
        found.extra = {**found.extra, **extra}
        found.save()
        parts.catalogue.changed()
    return found


def delete_region(parts: Parts, found: Region) -> None:
    """Raises Forbidden while an endpoint or another region is in it."""
    with durable():
        used = Endpoint.select().where(Endpoint.region_id == found.id).exists()
        if used or Region.select().where(Region.parent_id == found.id).exists():
            raise Forbidden(f"Unable to delete region {found.id} because it or its child regions have endpoints.")
        found.delete_instance()
        parts.catalogue.changed()


def create_service(parts: Parts, fields: dict[str, Any], extra: dict[str, Any]) -> Service:
    with durable():
        made: Service = Service.create(id=ids.new_hex(), extra=extra, **fields)
        parts.catalogue.changed()
    return made


def update_service(parts: Parts, found: Service, changes: dict[str, Any], extra: dict[str, Any]) -> Service:
    changed: Service = _update(parts, found, changes, extra)
    return changed


def create_endpoint(parts: Parts, fields: dict[str, Any], extra: dict[str, Any]) -> Endpoint:
    """A region that is not known yet is made, as Keystone does. Raises NotFound for an unknown service."""
    with durable():
        _settle(fields)
        made: Endpoint = Endpoint.create(id=ids.new_hex(), extra=extra, **fields)
        parts.catalogue.changed()
    return made


def update_endpoint(parts: Parts, found: Endpoint, changes: dict[str, Any], extra: dict[str, Any]) -> Endpoint:
    with durable():
        _settle(changes)
        changed: Endpoint = _update(parts, found, changes, extra)
    return changed


def _settle(fields: dict[str, Any]) -> None:
    """`region` is the older name of `region_id`; both refer to a region that exists afterwards."""
    older = fields.pop("region", None)
    if older is not None:
        fields.setdefault("region_id", older)
    if fields.get("region_id"):
        sql = "INSERT INTO identity_regions VALUES (?, NULL, '', '{}') ON CONFLICT DO NOTHING"
        change(sql, (fields["region_id"],))
    if "service_id" in fields and service(fields["service_id"]) is None:
        raise NotFound(f"Could not find service: {fields['service_id']}.")


def delete(parts: Parts, found: Service | Endpoint) -> None:
    """A service goes with its endpoints."""
    with durable():
        found.delete_instance()
        parts.catalogue.changed()
