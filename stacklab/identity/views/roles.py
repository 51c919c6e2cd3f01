"""Roles, what they imply, and application credentials."""

from typing import Any

from stacklab.core import clock
from stacklab.identity.model import ApplicationCredential, Role


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


def application_credential(found: ApplicationCredential, names: dict[str, str], base: str) -> dict[str, Any]:
    """`names` are the roles'. The secret is shown once, by the handler that made it."""
    return {
        "id": found.id,
        "name": found.name,
        "description": found.description,
        "user_id": found.user_id,
        "project_id": found.project_id,
        "system": None,
        "expires_at": clock.naive_us(found.expires_at) if found.expires_at else None,
        "unrestricted": found.unrestricted,
        "roles": [{"id": r, "name": names[r], "domain_id": None} for r in found.role_ids if r in names],
        "links": {"self": f"{base}/v3/users/{found.user_id}/application_credentials/{found.id}"},
    }
