"""Regions, services and endpoints: what the catalogue is made of. Every change empties the rendered catalogues."""

from typing import Any

from stacklab.core import ids
from stacklab.core.db.database import change, durable, rows
from stacklab.core.errors import BadRequest, Conflict, Forbidden, NotFound
from stacklab.identity.catalogue import require_template
from stacklab.identity.model import Endpoint, Region, Service
from stacklab.identity.parts import Parts

# A region and those above it, nearest first; and those in it, itself first. UNION ends at a loop.
_ABOVE = """
WITH RECURSIVE above (id, parent_id) AS (
    SELECT id, parent_id FROM identity_regions WHERE id = ?
    UNION SELECT r.id, r.parent_id FROM identity_regions AS r JOIN above ON r.id = above.parent_id
) SELECT id FROM above
"""
_BELOW = """
WITH RECURSIVE below (id) AS (
    SELECT id FROM identity_regions WHERE id = ?
    UNION SELECT r.id FROM identity_regions AS r JOIN below ON r.parent_id = below.id
) SELECT id FROM below
"""


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
            raise Conflict(f"Conflict occurred attempting to store region - Duplicate ID, {fields['id']}..")
        _require_parent(fields)
        made: Region = Region.create(extra=extra, **fields)
    return made


def _require_parent(fields: dict[str, Any]) -> None:
    parent = fields.get("parent_id")
    higher = above(parent) if parent else []
    if parent and not higher:
        raise NotFound(f"Could not find region: {parent}.")
    if fields["id"] in higher:
        raise BadRequest(f"The specified parent region {parent} would create a circular region hierarchy.")


def above(region_id: str) -> list[str]:
    """A region and those it is in, if there is such a one."""
    return [r[0] for r in rows(_ABOVE, (region_id,))]


def update_region(parts: Parts, found: Region, changes: dict[str, Any], extra: dict[str, Any]) -> Region:
    with durable():
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
    """With the regions in it. Raises Forbidden while an endpoint is in one of them."""
    with durable():
        inside = [r[0] for r in rows(_BELOW, (found.id,))]
        if Endpoint.select().where(Endpoint.region_id.in_(inside)).exists():
            raise Forbidden(
                f"Unable to delete region {found.id} because it or its child regions have associated endpoints."
            )
        for region_id in reversed(inside):
            change("DELETE FROM identity_regions WHERE id = ?", (region_id,))
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
    """A `region` that is not known yet is made, as Keystone does. Raises BadRequest for an unknown `region_id` or
    service, or a URL that cannot be filled in."""
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
    """`region` is the older name of `region_id`; it makes the region it names, where `region_id` must know its."""
    older = fields.pop("region", None)
    if older is not None and fields.get("region_id") is None:
        fields["region_id"] = older
        change("INSERT INTO identity_regions VALUES (?, NULL, '', '{}') ON CONFLICT DO NOTHING", (older,))
    if "url" in fields:
        require_template(fields["url"])
    if fields.get("region_id") is not None and region(fields["region_id"]) is None:
        raise _lacking("region")
    if "service_id" in fields and service(fields["service_id"]) is None:
        raise _lacking("service")


def _lacking(kind: str) -> BadRequest:
    return BadRequest(
        f"Expecting to find endpoint {kind}_id in {kind} table. The server could not comply with the request since it "
        "is either malformed or otherwise incorrect. The client is assumed to be in error."
    )


def delete(parts: Parts, found: Service | Endpoint) -> None:
    """A service goes with its endpoints."""
    with durable():
        found.delete_instance()
        parts.catalogue.changed()
