"""The names of what a list of assignments mentions: of those only, some hundreds to a query."""

from collections.abc import Iterable

from stacklab.core.db.database import rows
from stacklab.identity.assignments import Assignment

Names = dict[str, tuple[str, str | None, str | None]]
"""Id → its name, its domain's id and name (None where it has none)."""
_SQL = """
SELECT t.id, t.name, d.id, d.name FROM identity_{} AS t LEFT JOIN identity_projects AS d ON d.id = t.domain_id
WHERE t.id IN ({})
"""
_MOST = 500  # ids in one statement


def names(listed: list[Assignment]) -> Names:
    """Users, groups, roles, projects and domains by id. Ids of several kinds that are alike do not occur."""
    wanted: dict[str, set[str]] = {"users": set(), "groups": set(), "projects": set(), "roles": set()}
    for assignment in listed:
        wanted[f"{assignment.actor_kind}s"].add(assignment.actor_id)
        wanted["roles"].add(assignment.role_id)
        if assignment.target_kind != "system":
            wanted["projects"].add(assignment.target_id)
    return {found[0]: (found[1], found[2], found[3]) for kind, ids in wanted.items() for found in _read(kind, ids)}


def _read(kind: str, ids: Iterable[str]) -> Iterable[tuple[str, str, str | None, str | None]]:
    known = sorted(ids)
    for start in range(0, len(known), _MOST):
        part = known[start : start + _MOST]
        yield from rows(_SQL.format(kind, ", ".join("?" * len(part))), tuple(part))
