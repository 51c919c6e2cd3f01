"""Projects and domains."""

from collections.abc import Sequence
from typing import Any

from stacklab.identity.model import Project


def project(found: Project, base: str, tags: Sequence[str] = ()) -> dict[str, Any]:
    """A project, or a domain seen as one."""
    return {
        **found.extra,
        "id": found.id,
        "name": found.name,
        "domain_id": found.domain_id or None,
        "description": found.description,
        "enabled": found.enabled,
        "parent_id": found.parent_id,
        "is_domain": found.is_domain,
        "tags": tags,
        "options": found.options,
        "links": {"self": f"{base}/v3/projects/{found.id}"},
    }


def domain(found: Project, base: str, tags: Sequence[str] = ()) -> dict[str, Any]:
    return {
        **found.extra,
        "id": found.id,
        "name": found.name,
        "description": found.description,
        "enabled": found.enabled,
        "tags": tags,
        "options": found.options,
        "links": {"self": f"{base}/v3/domains/{found.id}"},
    }
