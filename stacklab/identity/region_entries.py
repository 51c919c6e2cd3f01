"""A region in the catalogue: its endpoints as a whole, put there and taken away by the registry of regions."""

from collections.abc import Mapping

from stacklab.core.db.database import change, durable, rows
from stacklab.core.ids import new_hex
from stacklab.identity.model import Endpoint, Service
from stacklab.identity.parts import Parts

_INTERFACES = ("public", "internal", "admin")
_FIRST = "SELECT id FROM identity_services WHERE type = ? ORDER BY id LIMIT 1"
_HAVE = "SELECT service_id, interface, url FROM identity_endpoints WHERE region_id = ?"


def publish(parts: Parts, region: str, description: str, urls: Mapping[str, str]) -> None:
    """Make the region's endpoints exactly these (service type → URL). Idempotent: what is right stays as it is."""
    with durable():
        change(
            "INSERT INTO identity_regions VALUES (?, NULL, ?, '{}') "
            "ON CONFLICT (id) DO UPDATE SET description = excluded.description",
            (region, description),
        )
        wanted = {(_service(kind), face, url) for kind, url in urls.items() for face in _INTERFACES}
        have = {(service_id, face, url) for service_id, face, url in rows(_HAVE, (region,))}
        for service_id, face, url in sorted(have - wanted):
            sql = "DELETE FROM identity_endpoints WHERE region_id = ? AND service_id = ? AND interface = ? AND url = ?"
            change(sql, (region, service_id, face, url))
        for service_id, face, url in sorted(wanted - have):
            Endpoint.create(id=new_hex(), service_id=service_id, region_id=region, interface=face, url=url)
        parts.catalogue.changed()


def _service(kind: str) -> str:
    """The service of a type, made where an administrator deleted it."""
    found = rows(_FIRST, (kind,))
    return str(found[0][0]) if found else str(Service.create(id=new_hex(), type=kind, name=kind).id)


def withdraw(parts: Parts, region: str) -> None:
    """Take the region out of the catalogue. Idempotent."""
    with durable():
        change("DELETE FROM identity_endpoints WHERE region_id = ?", (region,))
        change("UPDATE identity_regions SET parent_id = NULL WHERE parent_id = ?", (region,))
        change("DELETE FROM identity_regions WHERE id = ?", (region,))
        parts.catalogue.changed()
