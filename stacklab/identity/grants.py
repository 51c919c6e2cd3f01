"""Who has which role where: assignments of users and groups, looked up for authentication and changed by admins.

A target is a project, a domain, or the system, whose id is `system`.
"""

from typing import Any

from stacklab.core.db.database import change, row, rows, transaction
from stacklab.identity.parts import Parts
from stacklab.identity.revocations import SYSTEM as SYSTEM
from stacklab.identity.revocations import grant

_HELD = """
SELECT DISTINCT role_id FROM identity_assignments
WHERE target_id = ? AND (actor_id = ? OR actor_id IN (SELECT group_id FROM identity_group_members WHERE user_id = ?))
"""
_TARGETS = """
SELECT DISTINCT p.id FROM identity_projects AS p JOIN identity_assignments AS a ON a.target_id = p.id
WHERE a.target_kind = ? AND p.enabled = 1
AND (a.actor_id = ? OR a.actor_id IN (SELECT group_id FROM identity_group_members WHERE user_id = ?))
ORDER BY p.id
"""
_HOLDERS = "SELECT actor_id, target_id FROM identity_assignments WHERE role_id = ?"


def held(user_id: str, target_id: str) -> list[str]:
    """Role ids a user has on a target, their own and their groups'; implied ones are for the role book."""
    return [r[0] for r in rows(_HELD, (target_id, user_id, user_id))]


def targets(user_id: str, kind: str) -> list[str]:
    """Ids of the enabled projects or domains a user has a role on."""
    return [r[0] for r in rows(_TARGETS, (kind, user_id, user_id))]


def direct(actor_id: str, target_id: str) -> list[str]:
    """Role ids assigned to exactly this user or group on this target."""
    sql = "SELECT role_id FROM identity_assignments WHERE actor_id = ? AND target_id = ? ORDER BY role_id"
    return [r[0] for r in rows(sql, (actor_id, target_id))]


def has(actor_id: str, target_id: str, role_id: str) -> bool:
    sql = "SELECT 1 FROM identity_assignments WHERE actor_id = ? AND target_id = ? AND role_id = ?"
    return row(sql, (actor_id, target_id, role_id)) is not None


def add(actor_kind: str, actor_id: str, target_kind: str, target_id: str, role_id: str) -> None:
    """Assign; doing it again is no error, as in Keystone."""
    with transaction():
        change(
            "INSERT INTO identity_assignments VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (actor_kind, actor_id, target_kind, target_id, role_id),
        )


def remove(parts: Parts, actor_id: str, target_id: str, role_id: str) -> bool:
    """Take a role away, with the tokens and application credentials that rest on it. False when it was not there."""
    with transaction():
        sql = "DELETE FROM identity_assignments WHERE actor_id = ? AND target_id = ? AND role_id = ?"
        if not change(sql, (actor_id, target_id, role_id)):
            return False
        for user_id in people(actor_id):
            withdraw(parts, user_id, target_id)
    return True


def people(actor_id: str) -> list[str]:
    """The users behind an actor: a group's members, or the user."""
    members = rows("SELECT user_id FROM identity_group_members WHERE group_id = ?", (actor_id,))
    return [m[0] for m in members] or [actor_id]


def withdraw(parts: Parts, user_id: str, target_id: str) -> None:
    """A user's standing on a target got less: what was issued for it is void."""
    with transaction():
        parts.revocations.revoke(grant(user_id, target_id))
        sql = "DELETE FROM identity_application_credentials WHERE user_id = ? AND project_id = ?"
        change(sql, (user_id, target_id))


def forget_role(parts: Parts, role_id: str) -> None:
    """A role is being deleted: everybody who has it loses it."""
    for actor_id, target_id in rows(_HOLDERS, (role_id,)):
        remove(parts, actor_id, target_id, role_id)


def void_tokens(parts: Parts, role_id: str) -> None:
    """A role means less than before: tokens in which it was expanded are void."""
    for actor_id, target_id in rows(_HOLDERS, (role_id,)):
        parts.revocations.revoke(*(grant(user_id, target_id) for user_id in people(actor_id)))


def forget_actor(actor_id: str) -> None:
    with transaction():
        change("DELETE FROM identity_assignments WHERE actor_id = ?", (actor_id,))


def forget_target(target_id: str) -> None:
    with transaction():
        change("DELETE FROM identity_assignments WHERE target_id = ?", (target_id,))


def assignments() -> list[tuple[Any, ...]]:
    """(actor kind, actor id, target kind, target id, role id) of all, in a stable order."""
    return rows(
        "SELECT actor_kind, actor_id, target_kind, target_id, role_id FROM identity_assignments "
        "ORDER BY actor_id, target_id, role_id"
    )
