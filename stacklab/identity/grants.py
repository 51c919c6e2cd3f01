"""Who has which role where: assignments of users and groups, looked up for authentication and changed by admins.

A target is a project, a domain, or the system, whose id is `system`. An inherited assignment counts on the projects
below its target, and not on the target itself.
"""

from stacklab.core.db.database import change, row, rows, transaction
from stacklab.identity import withdrawals
from stacklab.identity.parts import Parts
from stacklab.identity.revocations import SYSTEM as SYSTEM

_ACTORS = "actor_id IN (SELECT ?1 UNION ALL SELECT group_id FROM identity_group_members WHERE user_id = ?1)"
_HELD = f"""
WITH RECURSIVE up(id) AS (
  SELECT ?2 UNION ALL SELECT p.parent_id FROM identity_projects AS p JOIN up ON p.id = up.id
  WHERE p.parent_id IS NOT NULL)
SELECT DISTINCT role_id FROM identity_assignments
WHERE {_ACTORS} AND target_id IN (SELECT id FROM up) AND inherited = CASE WHEN target_id = ?2 THEN 0 ELSE 1 END
AND (inherited = 1 OR target_kind = coalesce(nullif(?3, ''), (
  SELECT CASE is_domain WHEN 1 THEN 'domain' ELSE 'project' END FROM identity_projects WHERE id = ?2), 'system'))
"""  # noqa: S608 - constants above
# A role of a domain is not worn itself: where it implies nothing, nobody gets in with it.
_WORN = """
EXISTS (SELECT 1 FROM identity_roles AS r WHERE r.id = role_id
  AND (r.domain_id = '' OR EXISTS (SELECT 1 FROM identity_implied_roles AS i WHERE i.prior_id = r.id)))
"""
_TARGETS = f"""
WITH RECURSIVE mine(id, kind, inherited) AS (
  SELECT DISTINCT target_id, target_kind, inherited FROM identity_assignments WHERE {_ACTORS} AND {_WORN}),
down(id) AS (
  SELECT p.id FROM mine JOIN identity_projects AS p ON p.parent_id = mine.id WHERE mine.inherited = 1
  UNION SELECT p.id FROM down JOIN identity_projects AS p ON p.parent_id = down.id)
SELECT p.id FROM identity_projects AS p LEFT JOIN identity_projects AS d ON d.id = p.domain_id
WHERE p.id IN (SELECT id FROM mine WHERE inherited = 0 AND kind = ?2 UNION SELECT id FROM down WHERE ?2 = 'project')
AND p.enabled = 1 AND coalesce(d.enabled, 1) = 1 ORDER BY p.id
"""  # noqa: S608 - constants above
_ONE = "actor_id = ? AND target_kind = ? AND target_id = ? AND role_id = ? AND inherited = ?"


def held(user_id: str, target_id: str, kind: str = "") -> list[str]:
    """Role ids a user has on a target: their own, their groups' and what they inherit; one query on indexes, however
    many assignments there are. Implied ones are for the role book.

    A domain and the project that acts as it share an id, not the roles: `kind` "project" is for the latter.
    """
    return [r[0] for r in rows(_HELD, (user_id, target_id, kind))]


def targets(user_id: str, kind: str) -> list[str]:
    """Ids of the enabled projects or domains a user can get a token for."""
    return [r[0] for r in rows(_TARGETS, (user_id, kind))]


def direct(actor_id: str, target_kind: str, target_id: str, inherited: bool = False) -> list[str]:
    """Role ids assigned to exactly this user or group on this target."""
    sql = (
        "SELECT role_id FROM identity_assignments WHERE actor_id = ? AND target_kind = ? AND target_id = ? "
        "AND inherited = ? ORDER BY role_id"
    )
    return [r[0] for r in rows(sql, (actor_id, target_kind, target_id, int(inherited)))]


def has(actor_id: str, target_kind: str, target_id: str, role_id: str, inherited: bool = False) -> bool:
    sql = f"SELECT 1 FROM identity_assignments WHERE {_ONE}"  # noqa: S608 - a constant above
    return row(sql, (actor_id, target_kind, target_id, role_id, int(inherited))) is not None


def add(
    actor_kind: str, actor_id: str, target_kind: str, target_id: str, role_id: str, inherited: bool = False
) -> None:
    """Assign; doing it again is no error, as in Keystone."""
    with transaction():
        change(
            "INSERT INTO identity_assignments (actor_kind, actor_id, target_kind, target_id, role_id, inherited) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (actor_kind, actor_id, target_kind, target_id, role_id, int(inherited)),
        )


def remove(
    parts: Parts, actor_id: str, target_kind: str, target_id: str, role_id: str, inherited: bool = False
) -> bool:
    """Take a role away, with the tokens and application credentials that rest on it. False when it was not there."""
    with transaction():
        sql = f"DELETE FROM identity_assignments WHERE {_ONE}"  # noqa: S608 - a constant above
        if not change(sql, (actor_id, target_kind, target_id, role_id, int(inherited))):
            return False
        withdrawals.less(parts, actor_id, target_id, inherited)
    return True


def of_actor(actor_id: str) -> list[tuple[str, bool]]:
    """Where a user or group has roles of its own: (target id, inherited)."""
    sql = "SELECT DISTINCT target_id, inherited FROM identity_assignments WHERE actor_id = ?"
    return [(r[0], bool(r[1])) for r in rows(sql, (actor_id,))]


def forget_actor(actor_id: str) -> None:
    with transaction():
        change("DELETE FROM identity_assignments WHERE actor_id = ?", (actor_id,))


def forget_target(target_id: str) -> None:
    with transaction():
        change("DELETE FROM identity_assignments WHERE target_id = ?", (target_id,))
