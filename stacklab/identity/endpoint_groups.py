"""Endpoint filtering (Keystone's OS-EP-FILTER), changed: endpoint groups, and what projects are associated with."""

from typing import Any

from stacklab.core import ids
from stacklab.core.db.database import change, durable
from stacklab.core.errors import BadRequest, Conflict, NotFound
from stacklab.identity.catalogue_model import EndpointGroup
from stacklab.identity.endpoint_filter import INTERFACES
from stacklab.identity.parts import Parts

_FILTERS = ("service_id", "region_id", "interface")
_TAKEN = "Conflict occurred attempting to store {} - Duplicate entry."


def _require_filters(filters: dict[str, str | None]) -> None:
    """Raises BadRequest for a filter by anything else than service, region and interface."""
    if filters.get("interface", "public") not in INTERFACES:
        raise BadRequest(f"Invalid input for field 'filters.interface': it is one of {', '.join(INTERFACES)}.")
    if not set(filters) <= set(_FILTERS):
        raise BadRequest(
            f"Expecting to find {' or '.join(_FILTERS)} in endpoint_group. The server could not comply with the "
            "request since it is either malformed or otherwise incorrect. The client is assumed to be in error."
        )


def create(fields: dict[str, Any]) -> EndpointGroup:
    """Raises BadRequest where nothing is filtered by."""
    if not fields["filters"]:
        raise BadRequest("filters field is required and cannot be empty")
    _require_filters(fields["filters"])
    with durable():
        made: EndpointGroup = EndpointGroup.create(id=ids.new_hex(), **fields)
    return made


def update(parts: Parts, found: EndpointGroup, changes: dict[str, Any]) -> EndpointGroup:
    _require_filters(changes.get("filters", {}))
    with durable():
        for key, value in changes.items():
            setattr(found, key, value)
        found.save()
        parts.catalogue.changed()
    return found


def delete(parts: Parts, found: EndpointGroup) -> None:
    with durable():
        found.delete_instance()
        parts.catalogue.changed()


def add_endpoint(parts: Parts, project_id: str, endpoint_id: str) -> None:
    """Raises Conflict when it is there already."""
    sql = "INSERT INTO identity_project_endpoints VALUES (?, ?) ON CONFLICT DO NOTHING"
    with durable():
        if not change(sql, (project_id, endpoint_id)):
            raise Conflict(_TAKEN.format("project_endpoint"))
        parts.catalogue.changed()


def remove_endpoint(parts: Parts, project_id: str, endpoint_id: str) -> None:
    """Raises NotFound."""
    sql = "DELETE FROM identity_project_endpoints WHERE project_id = ? AND endpoint_id = ?"
    with durable():
        if not change(sql, (project_id, endpoint_id)):
            raise no_endpoint(project_id, endpoint_id)
        parts.catalogue.changed()


def no_endpoint(project_id: str, endpoint_id: str) -> NotFound:
    return NotFound(f"Endpoint {endpoint_id} not found in project {project_id}")


def add_group(parts: Parts, project_id: str, group_id: str) -> None:
    """Raises Conflict when it is there already."""
    sql = "INSERT INTO identity_project_endpoint_groups VALUES (?, ?) ON CONFLICT DO NOTHING"
    with durable():
        if not change(sql, (project_id, group_id)):
            raise Conflict(_TAKEN.format("project_endpoint_group"))
        parts.catalogue.changed()


def remove_group(parts: Parts, project_id: str, group_id: str) -> None:
    """Raises NotFound."""
    sql = "DELETE FROM identity_project_endpoint_groups WHERE project_id = ? AND group_id = ?"
    with durable():
        if not change(sql, (project_id, group_id)):
            raise no_group()
        parts.catalogue.changed()


def no_group() -> NotFound:
    return NotFound("Endpoint Group Project Association not found")
