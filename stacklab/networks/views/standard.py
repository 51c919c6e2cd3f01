"""What every Neutron resource shows, and the tags of many at once."""

from collections.abc import Sequence
from typing import Any

from stacklab.core import clock
from stacklab.core.db.database import rows
from stacklab.networks import store
from stacklab.networks.model import Resource


def standard(row: Resource) -> dict[str, Any]:
    return {
        "tenant_id": row.project_id,
        "project_id": row.project_id,
        "description": row.description,
        "created_at": clock.iso(row.created_at),
        "updated_at": clock.iso(row.updated_at),
        "revision_number": row.revision_number,
    }


def tags_of(resources: Sequence[Resource]) -> dict[str, list[str]]:
    """Id → tags in alphabetical order, for every given resource."""
    found: dict[str, list[str]] = {resource.id: [] for resource in resources}
    sql = f"SELECT resource_id, tag FROM network_tags WHERE resource_id IN ({store.marks(found)}) ORDER BY tag"  # noqa: S608
    for resource_id, tag in rows(sql, tuple(found)) if found else []:
        found[resource_id].append(tag)
    return found
