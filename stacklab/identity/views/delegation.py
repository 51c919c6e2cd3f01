"""Trusts, EC2 keys, stored credentials, and what OAuth1 shows."""

from typing import Any

from stacklab.core import clock
from stacklab.identity.model import Credential, Role
from stacklab.identity.model_delegation import AccessToken, Consumer, Trust
from stacklab.identity.views.roles import role


def trust(found: Trust, base: str) -> dict[str, Any]:
    """As a list shows it; `whole_trust` adds the roles."""
    return {
        **found.extra,
        "id": found.id,
        "trustor_user_id": found.trustor_user_id,
        "trustee_user_id": found.trustee_user_id,
        "project_id": found.project_id,
        "impersonation": found.impersonation,
        "expires_at": _moment(found.expires_at),
        "remaining_uses": found.remaining_uses,
        "deleted_at": None,
        "redelegated_trust_id": found.redelegated_trust_id,
        "redelegation_count": found.redelegation_count,
        "links": {"self": f"{base}/v3/OS-TRUST/trusts/{found.id}"},
    }


def whole_trust(found: Trust, roles: list[Role], base: str) -> dict[str, Any]:
    shown = [role(r, base) for r in roles]
    return {**trust(found, base), "roles": shown, "roles_links": roles_links(found, base)}


def roles_links(found: Trust, base: str) -> dict[str, Any]:
    return {"self": f"{base}/v3/OS-TRUST/trusts/{found.id}/roles", "next": None, "previous": None}


def _moment(us: int | None) -> str | None:
    return None if us is None else clock.iso_us(us)


def credential(found: Credential, blob: str, base: str) -> dict[str, Any]:
    return {
        **found.extra,
        "id": found.id,
        "user_id": found.user_id,
        "project_id": found.project_id,
        "type": found.type,
        "blob": blob,
        "links": {"self": f"{base}/v3/credentials/{found.id}"},
    }


def ec2_key(found: Credential, blob: dict[str, Any], base: str) -> dict[str, Any]:
    """`blob` is what is in the credential; the secret is shown whenever its owner asks (as Keystone does)."""
    access = blob.get("access")
    return {
        "user_id": found.user_id,
        "tenant_id": found.project_id,
        "access": access,
        "secret": blob.get("secret"),
        "trust_id": blob.get("trust_id"),
        "links": {"self": f"{base}/v3/users/{found.user_id}/credentials/OS-EC2/{access}"},
    }


def consumer(found: Consumer, base: str) -> dict[str, Any]:
    """The secret is shown once, by the handler that made it."""
    return {
        **found.extra,
        "id": found.id,
        "description": found.description,
        "links": {"self": f"{base}/v3/OS-OAUTH1/consumers/{found.id}"},
    }


def access_token(found: AccessToken, base: str) -> dict[str, Any]:
    own = f"{base}/v3/users/{found.user_id}/OS-OAUTH1/access_tokens/{found.id}"
    return {
        "id": found.id,
        "authorizing_user_id": found.user_id,
        "project_id": found.project_id,
        "consumer_id": found.consumer_id,
        "expires_at": _moment(found.expires_at),
        "links": {"roles": f"{own}/roles", "self": own},
    }
