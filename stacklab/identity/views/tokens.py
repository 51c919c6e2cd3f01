"""The body that describes a token, to whoever got it and to whoever validates it."""

from typing import Any

from stacklab.core import clock
from stacklab.core.db.database import row, rows
from stacklab.http.context import Caller
from stacklab.identity import access_rules
from stacklab.identity.parts import Parts
from stacklab.identity.views.application_credentials import brief_rule

_NAMES = "SELECT id, name FROM identity_projects WHERE id IN (?, ?, ?)"
_CREDENTIAL = "SELECT name FROM identity_application_credentials WHERE id = ?"
_PASSWORD = "SELECT password_expires_at FROM identity_users WHERE id = ?"  # noqa: S105 - a statement


def token(parts: Parts, caller: Caller, root: str, catalogue: bool) -> dict[str, Any]:
    """`root` is the public address the catalogue is rendered for."""
    domains = dict(rows(_NAMES, (caller.user_domain_id, caller.project_domain_id, caller.domain_id)))
    body: dict[str, Any] = {
        "methods": caller.methods,
        "user": {
            "domain": _domain(domains, caller.user_domain_id),
            "id": caller.user_id,
            "name": caller.user_name,
            "password_expires_at": _password_expiry(caller.user_id),
        },
        "audit_ids": caller.audit_ids,
        "expires_at": clock.iso_us(caller.expires_at),
        "issued_at": clock.iso_us(caller.issued_at),
        **_scope(domains, caller),
        **_loan(caller),
    }
    if caller.role_ids:
        body["roles"] = [{"id": role_id, "name": name} for role_id, name in caller.role_ids]
        if catalogue:
            owner = caller.trust.trustor_user_id if caller.trust else caller.user_id
            body["catalog"] = parts.catalogue.render(root, caller.project_id, owner, caller.audience)
    return {"token": body}


def _password_expiry(user_id: str) -> str | None:
    found = row(_PASSWORD, (user_id,))
    return clock.naive_us(found[0]) if found and found[0] else None


def _domain(names: dict[str, str], domain_id: str | None) -> dict[str, str | None]:
    return {"id": domain_id, "name": names.get(domain_id or "", "")}


def _scope(domains: dict[str, str], caller: Caller) -> dict[str, Any]:
    if caller.project_id:
        domain = _domain(domains, caller.project_domain_id)
        project = {"domain": domain, "id": caller.project_id, "name": caller.project_name}
        return {"project": project} | ({} if caller.trust else {"is_domain": caller.project_is_domain})
    if caller.domain_id:
        return {"domain": _domain(domains, caller.domain_id)}
    return {"system": {"all": True}} if caller.system else {}


def _loan(caller: Caller) -> dict[str, Any]:
    """What the token was issued under, if it is not its user's own."""
    shown: dict[str, Any] = {}
    if caller.trust:
        shown["OS-TRUST:trust"] = {
            "id": caller.trust.id,
            "trustor_user": {"id": caller.trust.trustor_user_id},
            "trustee_user": {"id": caller.trust.trustee_user_id},
            "impersonation": caller.trust.impersonation,
        }
    if caller.oauth:
        consumer_id, access_token_id = caller.oauth
        shown["OS-OAUTH1"] = {"access_token_id": access_token_id, "consumer_id": consumer_id}
    if caller.credential_id:
        shown["application_credential"] = _credential(caller, caller.credential_id)
    return shown


def _credential(caller: Caller, credential_id: str) -> dict[str, Any]:
    found = row(_CREDENTIAL, (credential_id,))
    shown = {"id": credential_id, "name": found[0] if found else "", "restricted": not caller.unrestricted}
    if caller.access_rules is None:
        return shown
    return {**shown, "access_rules": [brief_rule(rule) for rule in access_rules.of_credential(credential_id)]}
