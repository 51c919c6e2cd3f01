"""Limits: what one project or domain has of a resource instead of the registered default."""

from typing import Any

from stacklab.core import ids
from stacklab.core.db.database import change, durable, row
from stacklab.core.errors import Conflict, Forbidden
from stacklab.http.context import Caller
from stacklab.identity import limit_models, projects, registered_limits
from stacklab.identity.catalogue_model import Limit
from stacklab.identity.model import Project
from stacklab.identity.parts import Parts

_SAME = "SELECT 1 FROM identity_limits WHERE registered_limit_id = ? AND COALESCE(project_id, domain_id) = ?"
_INSERT = """
INSERT INTO identity_limits (id, registered_limit_id, project_id, domain_id, resource_limit, description)
VALUES (?, ?, ?, ?, ?, ?)
"""
_UPDATE = "UPDATE identity_limits SET resource_limit = ?, description = ? WHERE id = ?"
OF_DOMAIN = "(domain_id = ? OR project_id IN (SELECT p.id FROM identity_projects AS p WHERE p.domain_id = ?))"


def find(limit_id: str) -> Limit | None:
    found: Limit | None = Limit.get_or_none(Limit.id == limit_id)
    return found


def visible(caller: Caller) -> tuple[str, list[str]]:
    """The condition on the limits somebody may list, and its parameters: all, those of a domain and its projects, or
    those of the project. Keystone's rule; who has no scope sees none."""
    if caller.system or caller.roles & {"admin", "service"}:
        return "1 = 1", []
    if caller.domain_id:
        return OF_DOMAIN, [caller.domain_id, caller.domain_id]
    return "project_id = ?", [caller.project_id or ""]


def domain_of(limit: Limit) -> str | None:
    """The domain that a limit is of, or the domain of its project."""
    if limit.domain_id:
        return str(limit.domain_id)
    project = projects.find(limit.project_id or "")
    return project.domain_id if project else None


def create(parts: Parts, asked: list[dict[str, Any]]) -> list[Limit]:
    """All or none. Raises BadRequest for an unknown owner, service or region, Forbidden where nothing is registered or
    the model forbids it, Conflict for a second limit of the same."""
    with durable():
        wanted = [_settle(fields) for fields in asked]
        made = [_create(fields) for fields in wanted]
        for limit in made:  # after all are there: a project's and its domain's may come together
            limit_models.require(parts.settings.identity.limit_model, limit)
    return made


def _settle(fields: dict[str, Any]) -> dict[str, Any]:
    """The owner is a project or a domain that exists; a domain given as a project is a domain."""
    registered_limits.require_places(fields, "limit")
    owner: Project | None
    if fields.get("project_id") is not None:
        owner, attribute = projects.find(fields["project_id"]), "project_id"
    else:
        owner, attribute = projects.find_domain(fields.get("domain_id") or ""), "domain_id"
    if owner is None:
        raise registered_limits.lacking(attribute, "limit")
    own_kind, other = ("domain_id", "project_id") if owner.is_domain else ("project_id", "domain_id")
    return {**fields, own_kind: owner.id, other: None}


def _create(fields: dict[str, Any]) -> Limit:
    registered = registered_limits.of(fields["service_id"], fields["resource_name"], fields.get("region_id"))
    if registered is None:
        raise Forbidden("Unable to create a limit that has no corresponding registered limit.")
    if row(_SAME, (registered, fields["project_id"] or fields["domain_id"])):
        raise Conflict("Conflict occurred attempting to store limit - Duplicate entry.")
    limit_id, owner = ids.new_hex(), (fields["project_id"], fields["domain_id"])
    change(_INSERT, (limit_id, registered, *owner, fields["resource_limit"], fields.get("description")))
    made: Limit = Limit.get_by_id(limit_id)
    return made


def update(parts: Parts, found: Limit, changes: dict[str, Any]) -> Limit:
    """Raises Forbidden where the model forbids the new amount."""
    for key, value in changes.items():
        setattr(found, key, value)
    with durable():
        change(_UPDATE, (found.resource_limit, found.description, found.id))
        limit_models.require(parts.settings.identity.limit_model, found)
    return found


def delete(found: Limit) -> None:
    with durable():
        change("DELETE FROM identity_limits WHERE id = ?", (found.id,))
