"""Roles and what they imply."""

from typing import Any

from stacklab.identity.model import Role


def role(found: Role, base: str) -> dict[str, Any]:
    return {
        **found.extra,
        "id": found.id,
        "name": found.name,
        "domain_id": found.domain_id or None,
        "description": found.description,
        "options": found.options,
        "links": {"self": f"{base}/v3/roles/{found.id}"},
    }


def brief(role_id: str, name: str, base: str) -> dict[str, Any]:
    """A role inside an inference."""
    return {"id": role_id, "name": name, "links": {"self": f"{base}/v3/roles/{role_id}"}}
