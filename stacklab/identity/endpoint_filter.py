"""Endpoint filtering (Keystone's OS-EP-FILTER), read: which endpoints the catalogue of a project shows.

A project with endpoints of its own, named or picked by its endpoint groups, sees only those; others see all.
"""

from typing import Any

from stacklab.core.db.database import row, rows
from stacklab.identity.catalogue_model import EndpointGroup
from stacklab.identity.model import Endpoint, Project

INTERFACES = ("admin", "internal", "public")
_ANY = """
SELECT EXISTS (SELECT 1 FROM identity_project_endpoints) OR EXISTS (SELECT 1 FROM identity_project_endpoint_groups)
"""
_NAMED = "SELECT endpoint_id FROM identity_project_endpoints WHERE project_id = ?"
_GROUPS = "SELECT group_id FROM identity_project_endpoint_groups WHERE project_id = ?"
_WITH_ENDPOINT = "SELECT project_id FROM identity_project_endpoints WHERE endpoint_id = ?"
_WITH_GROUP = "SELECT project_id FROM identity_project_endpoint_groups WHERE group_id = ?"


def in_use() -> bool:
    """Whether any project sees less than all."""
    found = row(_ANY)
    return bool(found and found[0])


def group(group_id: str) -> EndpointGroup | None:
    found: EndpointGroup | None = EndpointGroup.get_or_none(EndpointGroup.id == group_id)
    return found


def endpoints_in(found: EndpointGroup) -> list[Endpoint]:
    """The endpoints a group picks."""
    return [endpoint for endpoint in _endpoints() if _picks(found.filters, endpoint)]


def _endpoints() -> list[Endpoint]:
    return list(Endpoint.select().order_by(Endpoint.id))


def _picks(filters: dict[str, Any], endpoint: Endpoint) -> bool:
    return all(getattr(endpoint, name) == value for name, value in filters.items())


def groups_of(project_id: str) -> list[EndpointGroup]:
    held = _column(_GROUPS, project_id)
    return list(EndpointGroup.select().where(EndpointGroup.id.in_(held)).order_by(EndpointGroup.id))


def endpoints_of(project_id: str) -> list[Endpoint]:
    """What a project sees: named for it or picked by a group of its; empty where nothing is filtered."""
    named, groups = set(_column(_NAMED, project_id)), groups_of(project_id)
    if not named and not groups:
        return []
    return [e for e in _endpoints() if e.id in named or any(_picks(g.filters, e) for g in groups)]


def projects_with_endpoint(endpoint_id: str) -> list[Project]:
    return _projects(_column(_WITH_ENDPOINT, endpoint_id))


def projects_with_group(group_id: str) -> list[Project]:
    return _projects(_column(_WITH_GROUP, group_id))


def _projects(project_ids: list[str]) -> list[Project]:
    return list(Project.select().where(Project.id.in_(project_ids)).order_by(Project.id))


def _column(sql: str, thing_id: str) -> list[str]:
    return [r[0] for r in rows(sql, (thing_id,))]


def has_endpoint(project_id: str, endpoint_id: str) -> bool:
    return row(f"{_NAMED} AND endpoint_id = ?", (project_id, endpoint_id)) is not None


def has_group(project_id: str, group_id: str) -> bool:
    return row(f"{_GROUPS} AND group_id = ?", (project_id, group_id)) is not None
