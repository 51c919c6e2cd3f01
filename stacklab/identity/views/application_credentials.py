"""Application credentials and their access rules."""

from collections.abc import Iterable, Sequence
from typing import Any

from stacklab.core import clock
from stacklab.identity.access_rules import AccessRule
from stacklab.identity.model import ApplicationCredential, Role


def application_credential(
    found: ApplicationCredential, roles: Iterable[Role], rules: Sequence[AccessRule], base: str
) -> dict[str, Any]:
    """The secret is shown once, by the handler that made it. Without rules the key is missing (Keystone's way)."""
    return {
        "id": found.id,
        "name": found.name,
        "description": found.description,
        "user_id": found.user_id,
        "project_id": found.project_id,
        "system": None,
        "expires_at": clock.naive_us(found.expires_at) if found.expires_at else None,
        "unrestricted": found.unrestricted,
        "roles": [_role(role) for role in roles],
        **({"access_rules": [brief_rule(rule) for rule in rules]} if rules else {}),
        "links": {"self": f"{base}/v3/users/{found.user_id}/application_credentials/{found.id}"},
    }


def _role(role: Role) -> dict[str, Any]:
    return {
        "id": role.id,
        "name": role.name,
        "domain_id": role.domain_id or None,
        "description": role.description,
        "options": role.options,
    }


def brief_rule(rule: AccessRule) -> dict[str, Any]:
    """As a credential and a token show it."""
    return {"id": rule.id, "service": rule.service, "method": rule.method, "path": rule.path}


def access_rule(rule: AccessRule, user_id: str, base: str) -> dict[str, Any]:
    return {**brief_rule(rule), "links": {"self": f"{base}/v3/users/{user_id}/access_rules/{rule.id}"}}
