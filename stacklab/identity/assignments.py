"""Role assignments as a list to ask questions of: filtered, expanded to what people effectively have, named."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from stacklab.core.db.database import rows
from stacklab.identity import projects
from stacklab.identity.parts import Parts

_ALL = """
SELECT actor_kind, actor_id, target_kind, target_id, role_id FROM identity_assignments
WHERE (?1 IS NULL OR target_id = ?1) AND (?2 IS NULL OR actor_id = ?2) ORDER BY actor_id, target_id, role_id
"""
_OF_USER = """
SELECT actor_kind, actor_id, target_kind, target_id, role_id FROM identity_assignments
WHERE (actor_id = ?1 OR actor_id IN (SELECT group_id FROM identity_group_members WHERE user_id = ?1))
AND (?2 IS NULL OR target_id = ?2) ORDER BY actor_id, target_id, role_id
"""
_NAMES = """
SELECT u.id, u.name, d.id, d.name FROM identity_users AS u JOIN identity_projects AS d ON d.id = u.domain_id
UNION ALL SELECT g.id, g.name, d.id, d.name FROM identity_groups AS g JOIN identity_projects AS d ON d.id = g.domain_id
UNION ALL SELECT p.id, p.name, d.id, d.name
FROM identity_projects AS p LEFT JOIN identity_projects AS d ON d.id = p.domain_id
UNION ALL SELECT r.id, r.name, NULL, NULL FROM identity_roles AS r
"""
Names = dict[str, tuple[str, str | None, str | None]]
"""Id → its name, its domain's id and name."""


@dataclass(frozen=True, slots=True)
class Assignment:
    actor_kind: str  # user or group
    actor_id: str
    target_kind: str  # project, domain or system
    target_id: str
    role_id: str
    through: str | None = None  # the group a user has it from
    prior_id: str | None = None  # the role that implies it


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters; None: any."""

    user_id: str | None = None
    group_id: str | None = None
    role_id: str | None = None
    project_id: str | None = None
    domain_id: str | None = None
    system: bool = False
    subtree: bool = False
    inherited: bool = False

    @property
    def target_id(self) -> str | None:
        if self.subtree and self.project_id:
            return None
        return self.project_id or self.domain_id or ("system" if self.system else None)


def domain_of(wanted: Wanted) -> str | None:
    """The domain a question is confined to, for the domain's own manager."""
    project = projects.find(wanted.project_id) if wanted.project_id else None
    return project.domain_id or project.id if project else wanted.domain_id


def direct(wanted: Wanted) -> list[Assignment]:
    """As they were made."""
    found = [Assignment(*r) for r in rows(_ALL, (wanted.target_id, wanted.user_id or wanted.group_id))]
    return [a for a in found if _fits(a, wanted)]


def effective(parts: Parts, wanted: Wanted) -> list[Assignment]:
    """What users have: groups replaced by their members, roles with all they imply."""
    if wanted.user_id:
        found = [Assignment(*r) for r in rows(_OF_USER, (wanted.user_id, wanted.target_id))]
    else:
        found = [Assignment(*r) for r in rows(_ALL, (wanted.target_id, None))]
    people = _members() if any(a.actor_kind == "group" for a in found) else {}
    everyone = [b for a in found for b in _expand(parts, a, people)]
    return [a for a in dict.fromkeys(everyone) if _fits(a, wanted)]


def _members() -> dict[str, list[str]]:
    members: dict[str, list[str]] = {}
    for group_id, user_id in rows("SELECT group_id, user_id FROM identity_group_members"):
        members.setdefault(group_id, []).append(user_id)
    return members


def _expand(parts: Parts, made: Assignment, members: dict[str, list[str]]) -> Iterator[Assignment]:
    holders = [made]
    if made.actor_kind == "group":
        group = made.actor_id
        holders = [replace(made, actor_kind="user", actor_id=u, through=group) for u in members.get(group, [])]
    for holder in holders:
        for role_id, _ in parts.rolebook.expand([made.role_id]):
            prior = made.role_id if role_id != made.role_id else None
            yield replace(holder, role_id=role_id, prior_id=prior)


def _fits(a: Assignment, wanted: Wanted) -> bool:
    return (
        not wanted.inherited
        and (wanted.role_id is None or a.role_id == wanted.role_id)
        and (wanted.user_id is None or (a.actor_kind, a.actor_id) == ("user", wanted.user_id))
        and (wanted.group_id is None or (a.actor_kind, a.actor_id) == ("group", wanted.group_id))
        and (wanted.project_id is None or a.target_kind == "project")
        and (wanted.domain_id is None or a.target_kind == "domain")
        and (not wanted.system or a.target_kind == "system")
        and (not (wanted.subtree and wanted.project_id) or _under(a.target_id, wanted.project_id))
    )


def _under(project_id: str | None, top: str | None) -> bool:
    """Whether a project is `top` or below it."""
    while project_id and project_id != top:
        project = projects.find(project_id)
        project_id = project.parent_id if project else None
    return project_id == top


def names() -> Names:
    """The names of everything an assignment can mention."""
    return {found[0]: (found[1], found[2], found[3]) for found in rows(_NAMES)}
