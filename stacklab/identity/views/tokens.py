"""The body that describes a token, to whoever got it and to whoever validates it."""

from typing import Any

from stacklab.core import clock
from stacklab.core.db.database import rows
from stacklab.http.context import Caller
from stacklab.identity.parts import Parts

_NAMES = "SELECT id, name FROM identity_projects WHERE id IN (?, ?, ?)"
_CREDENTIAL = "SELECT name FROM identity_application_credentials WHERE id = ?"


def token(parts: Parts, caller: Caller, root: str, catalogue: bool) -> dict[str, Any]:
    """`root` is the public address the catalogue is rendered for."""
    domains = dict(rows(_NAMES, (caller.user_domain_id, caller.project_domain_id, caller.domain_id)))
    body: dict[str, Any] = {
        "methods": caller.methods,
        "user": {
            "domain": _domain(domains, caller.user_domain_id),
            "id": caller.user_id,
            "name": caller.user_name,
            "password_expires_at": None,
        },
        "audit_ids": caller.audit_ids,
        "expires_at": clock.iso_us(caller.expires_at),
        "issued_at": clock.iso_us(caller.issued_at),
        **_scope(domains, caller),
    }
    if caller.role_ids:
        body["roles"] = [{"id": role_id, "name": name} for role_id, name in caller.role_ids]
        if catalogue:
            body["catalog"] = parts.catalogue.render(root, caller.project_id, caller.user_id, caller.audience)
    if caller.credential_id:
        body["application_credential"] = _credential(caller)
    return {"token": body}


def _domain(names: dict[str, str], domain_id: str | None) -> dict[str, str | None]:
    return {"id": domain_id, "name": names.get(domain_id or "", "")}


def _scope(domains: dict[str, str], caller: Caller) -> dict[str, Any]:
    if caller.project_id:
        domain = _domain(domains, caller.project_domain_id)
        return {"project": {"domain": domain, "id": caller.project_id, "name": caller.project_name}, "is_domain": False}
    if caller.domain_id:
        return {"domain": _domain(domains, caller.domain_id)}
    return {"system": {"all": True}} if caller.system else {}


def _credential(caller: Caller) -> dict[str, Any]:
    found = rows(_CREDENTIAL, (caller.credential_id,))
    return {"id": caller.credential_id, "name": found[0][0] if found else "", "restricted": not caller.unrestricted}
