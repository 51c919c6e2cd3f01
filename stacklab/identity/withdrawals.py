"""What ends when somebody may do less: the tokens and application credentials that rested on it.

Exact where the change reaches few, broader where naming each would cost more than a new log-in: one change writes at
most `MOST` revocations, whatever the size of the group or of the tree.
"""

from stacklab.core.db.database import change, row, rows, transaction
from stacklab.identity import tree
from stacklab.identity.parts import Parts
from stacklab.identity.revocations import SYSTEM, grant

MOST = 256
_PEOPLE = "user_id IN (SELECT ?2 UNION ALL SELECT user_id FROM identity_group_members WHERE group_id = ?2)"
_THERE = f"DELETE FROM identity_application_credentials WHERE {_PEOPLE} AND project_id = ?1"  # noqa: S608
_BELOW = (
    f"{tree.BELOW} DELETE FROM identity_application_credentials "  # noqa: S608
    f"WHERE {_PEOPLE} AND project_id IN (SELECT id FROM below)"
)
_OF_ROLE = """
DELETE FROM identity_application_credentials WHERE id IN (
  SELECT c.id FROM identity_assignments AS a
  JOIN identity_application_credentials AS c ON c.user_id = a.actor_id AND c.project_id = a.target_id
  WHERE a.role_id = ? AND a.actor_kind = 'user')
"""


def people(actor_id: str) -> list[str]:
    """The users behind an actor: a group's members, or the user."""
    members = rows("SELECT user_id FROM identity_group_members WHERE group_id = ?", (actor_id,))
    if members:
        return [m[0] for m in members]
    return [] if row("SELECT 1 FROM identity_groups WHERE id = ?", (actor_id,)) else [actor_id]


def less(parts: Parts, actor_id: str, target_id: str, inherited: bool = False) -> None:
    """A user or group has less on a target or, when it was inherited, on what is below it."""
    places = tree.below(target_id) if inherited else [target_id]
    with transaction():
        parts.revocations.revoke(*_subjects(people(actor_id), places, target_id))
        change(_BELOW if inherited else _THERE, (target_id, actor_id))


def _subjects(users: list[str], places: list[str], target_id: str) -> list[str]:
    """Whose tokens for what; all tokens of the users, or all for the places, where the pairs would be too many."""
    if len(users) * len(places) <= MOST or places == [SYSTEM]:
        return [grant(user_id, place) for user_id in users for place in places]
    if len(users) <= MOST:
        return users
    if len(places) <= MOST:
        return places
    top = row("SELECT domain_id FROM identity_projects WHERE id = ?", (target_id,))
    return [top[0] if top and top[0] else target_id]


def role_deleted(parts: Parts, role_id: str) -> None:
    """Everybody who has it loses it and what it implies. Before its row goes."""
    with transaction():
        change(_OF_ROLE, (role_id,))
        parts.revocations.revoke(*_worn(parts, role_id))


def implication_ended(parts: Parts, implied_id: str) -> None:
    """A role that some had by another one: every token it stands in is asked for anew."""
    parts.revocations.revoke(*_worn(parts, implied_id))


def _worn(parts: Parts, role_id: str) -> list[str]:
    """The role as tokens show it: a role of a domain stands in them as what it implies."""
    shown = [role for role, _ in parts.rolebook.expand([role_id])]
    return [role_id] if role_id in shown else shown
