"""Roles and which implies which."""

from typing import Any

from stacklab.core import ids
from stacklab.core.db.database import change, durable
from stacklab.core.errors import BadRequest, Conflict, Forbidden
from stacklab.identity import immutable, withdrawals
from stacklab.identity.model import ImpliedRole, Role
from stacklab.identity.parts import Parts

PROHIBITED = ("admin",)
"""Names of roles that no other may imply: Keystone's `prohibited_implied_role`. Bootstrap's own chain is above it."""


def find(role_id: str) -> Role | None:
    found: Role | None = Role.get_or_none(Role.id == role_id)
    return found


def _free(name: str, domain_id: str, own: str | None = None) -> None:
    other = Role.get_or_none((Role.name == name) & (Role.domain_id == domain_id))
    if other and other.id != own:
        raise Conflict(f"Conflict occurred attempting to store role - Duplicate entry found with name {name}.")


def create(parts: Parts, fields: dict[str, Any], extra: dict[str, Any]) -> Role:
    """Raises Conflict for a taken name."""
    fields["options"] = immutable.changed({}, fields.get("options") or {})
    with durable():
        _free(fields["name"], fields["domain_id"])
        made: Role = Role.create(id=ids.new_hex(), extra=extra, **fields)
        parts.rolebook.changed()
    return made


def update(parts: Parts, role: Role, changes: dict[str, Any], extra: dict[str, Any]) -> Role:
    """Raises Forbidden for an immutable role, Conflict for a taken name, BadRequest for another domain."""
    immutable.require_changeable("role", role.id, role.options, {**changes, **extra})
    if changes.pop("domain_id", None) not in (None, role.domain_id):
        raise BadRequest("Update of `domain_id` is not allowed.")
    with durable():
        if "name" in changes:
            _free(changes["name"], role.domain_id, role.id)
        if "options" in changes:
            changes["options"] = immutable.changed(role.options, changes["options"])
        for key, value in changes.items():
            setattr(role, key, value)
        role.extra = {**role.extra, **extra}
        role.save()
        parts.rolebook.changed()
    return role


def delete(parts: Parts, role: Role) -> None:
    """Everybody who has it loses it. Raises Forbidden for an immutable one."""
    immutable.require_deletable("role", role.id, role.options)
    with durable():
        drop(parts, role)


def drop(parts: Parts, role: Role) -> None:
    """Whatever its options say; assignments and implications go with the row (ON DELETE CASCADE)."""
    withdrawals.role_deleted(parts, role.id)
    role.delete_instance()
    parts.rolebook.changed()


def implications(prior_id: str | None = None) -> list[ImpliedRole]:
    """All pairs, or those of one prior role."""
    query = ImpliedRole.select().order_by(ImpliedRole.prior_id, ImpliedRole.implied_id)
    return list(query if prior_id is None else query.where(ImpliedRole.prior_id == prior_id))


def imply(parts: Parts, prior: Role, implied: Role) -> None:
    """Raises Forbidden for a role nobody may imply, and where a role of everybody would imply one of a domain;
    Conflict where it does already."""
    if implied.name in PROHIBITED:
        raise Forbidden(f"{implied.id} cannot be an implied roles.")
    if implied.domain_id and not prior.domain_id:
        raise Forbidden("Global role cannot imply a domain-specific role")
    with durable():
        sql = "INSERT INTO identity_implied_roles VALUES (?, ?) ON CONFLICT DO NOTHING"
        if not change(sql, (prior.id, implied.id)):
            raise Conflict("Conflict occurred attempting to store implied_role - Duplicate entry.")
        parts.rolebook.changed()


def separate(parts: Parts, prior_id: str, implied_id: str) -> bool:
    """False when the one did not imply the other. Who had the implied role must ask for a new token."""
    with durable():
        sql = "DELETE FROM identity_implied_roles WHERE prior_id = ? AND implied_id = ?"
        if not change(sql, (prior_id, implied_id)):
            return False
        withdrawals.implication_ended(parts, implied_id)
        parts.rolebook.changed()
    return True
