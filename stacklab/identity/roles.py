"""Roles and which implies which."""

from typing import Any

from stacklab.core import ids
from stacklab.core.db.database import change, durable
from stacklab.core.errors import Conflict, Forbidden
from stacklab.identity import grants
from stacklab.identity.model import ImpliedRole, Role
from stacklab.identity.parts import Parts


def find(role_id: str) -> Role | None:
    found: Role | None = Role.get_or_none(Role.id == role_id)
    return found


def _free(name: str, domain_id: str, own: str | None = None) -> None:
    other = Role.get_or_none((Role.name == name) & (Role.domain_id == domain_id))
    if other and other.id != own:
        raise Conflict(f"Conflict occurred attempting to store role - Duplicate entry found with name {name}.")


def create(parts: Parts, fields: dict[str, Any], extra: dict[str, Any]) -> Role:
    """Raises Conflict for a taken name."""
    with durable():
        _free(fields["name"], fields["domain_id"])
        made: Role = Role.create(id=ids.new_hex(), extra=extra, **fields)
        parts.rolebook.changed()
    return made


def update(parts: Parts, role: Role, changes: dict[str, Any], extra: dict[str, Any]) -> Role:
    """An immutable role changes only its `options`."""
    if _immutable(role) and set(changes) - {"options"}:
        raise Forbidden(f"Cannot update role {role.id}: it is immutable.")
    with durable():
        if "name" in changes:
            _free(changes["name"], role.domain_id, role.id)
        for key, value in changes.items():
            setattr(role, key, value)
        role.extra = {**role.extra, **extra}
        role.save()
        parts.rolebook.changed()
    return role


def _immutable(role: Role) -> bool:
    return bool(role.options.get("immutable"))


def delete(parts: Parts, role: Role) -> None:
    """Everybody who has it loses it. Raises Forbidden for an immutable one."""
    if _immutable(role):
        raise Forbidden(f"Cannot delete role {role.id}: it is immutable.")
    with durable():
        grants.forget_role(parts, role.id)
        role.delete_instance()
        parts.rolebook.changed()


def implications(prior_id: str | None = None) -> list[ImpliedRole]:
    """All pairs, or those of one prior role."""
    query = ImpliedRole.select().order_by(ImpliedRole.prior_id, ImpliedRole.implied_id)
    return list(query if prior_id is None else query.where(ImpliedRole.prior_id == prior_id))


def imply(parts: Parts, prior: Role, implied: Role) -> None:
    """Raises Forbidden where a role of everybody would imply one of a domain."""
    if implied.domain_id and not prior.domain_id:
        raise Forbidden("A global role cannot imply a role of a domain.")
    with durable():
        change("INSERT INTO identity_implied_roles VALUES (?, ?) ON CONFLICT DO NOTHING", (prior.id, implied.id))
        parts.rolebook.changed()


def separate(parts: Parts, prior_id: str, implied_id: str) -> bool:
    """False when the one did not imply the other. Who had the prior role must ask for a new token."""
    with durable():
        sql = "DELETE FROM identity_implied_roles WHERE prior_id = ? AND implied_id = ?"
        if not change(sql, (prior_id, implied_id)):
            return False
        parts.rolebook.changed()
        grants.void_tokens(parts, prior_id)
    return True
