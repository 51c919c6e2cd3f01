"""Role assignments as a list to ask questions of: filtered, and expanded to what people effectively have.

Every question starts from the rows that can answer it, found on an index; the cost is that of the answer.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import starmap
from typing import NamedTuple

from msgspec import Struct

from stacklab.core.db.database import rows
from stacklab.identity import tree
from stacklab.identity.parts import Parts
from stacklab.identity.revocations import SYSTEM

_SELECT = "SELECT actor_kind, actor_id, target_kind, target_id, role_id, inherited FROM identity_assignments AS a"
_BY_USER = "actor_id IN (SELECT ? UNION ALL SELECT group_id FROM identity_group_members WHERE user_id = ?)"
_IN_DOMAIN = "(target_id = ? OR target_id IN (SELECT id FROM identity_projects WHERE domain_id = ?))"
_OF_DOMAIN = "(target_id = ? OR EXISTS (SELECT 1 FROM identity_projects WHERE id = target_id AND domain_id = ?))"
_INHERITED = {True: "inherited = 1", False: "inherited = 0"}  # in words, for the index of the few that are
_MOST = 500  # ids in one statement


class Assignment(NamedTuple):
    """One entry of a list. `target` is where it counts; it was made on `made_on` where that is another place."""

    actor_kind: str  # user or group
    actor_id: str
    target_kind: str  # project, domain or system
    target_id: str
    role_id: str
    inherited: bool = False
    through: str | None = None  # the group a user has it from
    made_on: tuple[str, str] | None = None  # kind and id of the project or domain it is inherited from
    prior_id: str | None = None  # the role that implies it


class Wanted(Struct, frozen=True):
    """The filters; None: any. `within`: only in this domain, which is all that its own people may see."""

    user_id: str | None = None
    group_id: str | None = None
    role_id: str | None = None
    project_id: str | None = None
    domain_id: str | None = None
    system: bool = False
    subtree: bool = False
    inherited: bool | None = None
    within: str | None = None


def direct(wanted: Wanted) -> list[Assignment]:
    """As they were made."""
    found = _Question()
    if actor_id := wanted.user_id or wanted.group_id:
        found.where("actor_id = ?", actor_id)
        found.where("actor_kind = ?", "user" if wanted.user_id else "group")
    if wanted.project_id and wanted.subtree:
        found.where(f"target_id IN ({tree.INSIDE})", wanted.project_id)
    elif target_id := wanted.project_id or wanted.domain_id or (SYSTEM if wanted.system else None):
        found.where("target_id = ?", target_id)
        found.where("target_kind = ?", "project" if wanted.project_id else "domain" if wanted.domain_id else SYSTEM)
    if wanted.role_id:
        found.where("role_id = ?", wanted.role_id)
    if wanted.inherited is not None:
        found.where(_INHERITED[wanted.inherited])
    return found.within(wanted.within).ask()


def effective(parts: Parts, wanted: Wanted) -> list[Assignment]:
    """What users have: groups replaced by their members, inherited roles shown where they count, roles with all they
    imply. Of the system only where it is asked for, as Keystone lists."""
    made = _effective_question(parts, wanted).ask()
    subtree = tree.below(wanted.project_id) if wanted.project_id and wanted.subtree else []
    shown = frozenset((wanted.project_id, *subtree)) if wanted.project_id else None
    members = {} if wanted.user_id else _members([a.actor_id for a in made if a.actor_kind == "group"])
    places = _places([a.target_id for a in made if a.inherited and (shown is None or a.target_id in shown)])
    worn = {role: parts.rolebook.worn(role) for role in {a.role_id for a in made}}
    found: dict[Assignment, None] = {}  # somebody may have a role by several others, and those by one another
    for base in made:
        for a in _held(base, wanted.user_id, shown, places, members):
            for role, prior in worn[base.role_id]:
                if wanted.role_id in (None, role):
                    one = Assignment(*a[:4], role, a.inherited, a.through, a.made_on, prior)
                    found[one] = None
    return list(found)


def _effective_question(parts: Parts, wanted: Wanted) -> "_Question":
    """The rows from which an effective list is made."""
    found = _Question()
    if wanted.user_id:
        found.where(_BY_USER, wanted.user_id, wanted.user_id)
    if wanted.project_id:
        _around(found, wanted.project_id, wanted.subtree)
    elif wanted.domain_id:
        found.where("target_id = ? AND target_kind = 'domain' AND inherited = 0", wanted.domain_id)
    else:
        found.where("target_id = 'system'" if wanted.system else "target_kind <> 'system'")
    if wanted.role_id:
        found.among("role_id", parts.rolebook.sources(wanted.role_id))
    if wanted.inherited is not None:
        found.where(_INHERITED[wanted.inherited])
    return found.within(wanted.within)


def _around(found: "_Question", project_id: str, subtree: bool) -> None:
    """What counts on a project, or on it and all below it: what is there, and inherited from above."""
    above = tree.parent_ids(project_id)
    places = " UNION ALL ".join([tree.INSIDE if subtree else "SELECT ?", *("SELECT ?" for _ in above)])
    found.where(f"target_id IN ({places})", project_id, *above)
    others = ", ".join("?" * len(above)) or "''"
    found.where(f"(inherited = 1 OR target_kind = 'project' AND target_id NOT IN ({others}))", *above)
    if not subtree:
        found.where("(inherited = 0 OR target_id <> ?)", project_id)


class _Question:
    """Conditions that pile up to one statement."""

    def __init__(self) -> None:
        self._clauses: list[str] = []
        self._params: list[object] = []

    def where(self, clause: str, *params: object) -> None:
        self._clauses.append(clause)
        self._params += params

    def among(self, column: str, ids: list[str]) -> None:
        self.where(f"{column} IN ({', '.join('?' * len(ids)) or 'NULL'})", *ids)

    def within(self, domain_id: str | None) -> "_Question":
        """Confined to a domain: its projects are looked up, or each row's, whichever are fewer."""
        if domain_id is not None:
            self.where(_OF_DOMAIN if self._clauses else _IN_DOMAIN, domain_id, domain_id)
        return self

    def ask(self) -> list[Assignment]:
        condition = " AND ".join(self._clauses) or "1 = 1"
        sql = f"{_SELECT} WHERE {condition} ORDER BY actor_id, target_id, role_id, inherited"
        return list(starmap(Assignment, rows(sql, tuple(self._params))))


def _members(group_ids: Iterable[str]) -> dict[str, list[str]]:
    """The users in each of these groups."""
    found: dict[str, list[str]] = {}
    for part in _in_parts(group_ids):
        places = ", ".join("?" * len(part))
        sql = f"SELECT group_id, user_id FROM identity_group_members WHERE group_id IN ({places}) ORDER BY user_id"  # noqa: S608
        for group_id, user_id in rows(sql, tuple(part)):
            found.setdefault(group_id, []).append(user_id)
    return found


def _places(target_ids: Iterable[str]) -> dict[str, Collection[str]]:
    """The projects below each of these targets that somebody inherits from."""
    return {target_id: tree.below(target_id) for target_id in dict.fromkeys(target_ids)}


def _in_parts(ids: Iterable[str]) -> Iterator[list[str]]:
    wanted = list(dict.fromkeys(ids))
    return (wanted[start : start + _MOST] for start in range(0, len(wanted), _MOST))


def _held(
    made: Assignment,
    user_id: str | None,
    shown: frozenset[str] | None,
    places: dict[str, Collection[str]],
    members: dict[str, list[str]],
) -> Iterator[Assignment]:
    """One row as users have it, on every place where it counts."""
    if not made.inherited and made.actor_kind == "user":
        yield made
        return
    for somewhere in _somewhere(made, shown, places):
        yield from _somebody(somewhere, user_id, members)


def _somewhere(
    made: Assignment, shown: frozenset[str] | None, places: dict[str, Collection[str]]
) -> Iterator[Assignment]:
    """An inherited assignment on every project below its target, of those that are shown; a target outside of these
    (which is then above them all) has no places of its own."""
    if not made.inherited:
        yield made
        return
    made_on = (made.target_kind, made.target_id)
    for project_id in places.get(made.target_id, shown or ()):
        if shown is None or project_id in shown:
            yield made._replace(target_kind="project", target_id=project_id, made_on=made_on)


def _somebody(made: Assignment, user_id: str | None, members: dict[str, list[str]]) -> Iterator[Assignment]:
    """A group's assignment for each of its members, or for the one user who is asked about."""
    if made.actor_kind != "group":
        yield made
        return
    for member in [user_id] if user_id else members.get(made.actor_id, []):
        yield made._replace(actor_kind="user", actor_id=member, through=made.actor_id)
