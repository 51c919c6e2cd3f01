"""Tags of projects: looked up for a list at once, replaced as a whole, and what lists can be filtered by."""

from collections.abc import Iterable

from stacklab.core.db.database import change, rows, transaction

FILTERS = ("tags", "tags-any", "not-tags", "not-tags-any")
_MOST = 500  # ids in one statement
_ANY = "SELECT project_id FROM identity_project_tags WHERE tag IN ({})"
_ALL = _ANY + " GROUP BY project_id HAVING count(*) = ?"


def tags(project_ids: Iterable[str]) -> dict[str, list[str]]:
    """The sorted tags of projects, some hundreds to a query."""
    wanted = list(project_ids)
    found: dict[str, list[str]] = {project_id: [] for project_id in wanted}
    for start in range(0, len(wanted), _MOST):
        part = wanted[start : start + _MOST]
        places = ", ".join("?" * len(part))
        sql = f"SELECT project_id, tag FROM identity_project_tags WHERE project_id IN ({places}) ORDER BY tag"  # noqa: S608
        for project_id, tag in rows(sql, tuple(part)):
            found[project_id].append(tag)
    return found


def set_tags(project_id: str, tag_list: Iterable[str]) -> None:
    with transaction():
        change("DELETE FROM identity_project_tags WHERE project_id = ?", (project_id,))
        for tag in dict.fromkeys(tag_list):
            change("INSERT INTO identity_project_tags VALUES (?, ?)", (project_id, tag))


def condition(name: str, value: str) -> tuple[str, list[object]]:
    """SQL for one of `FILTERS`, its value a list with commas: all of these tags, any of them, not all, not any."""
    wanted: list[object] = list(dict.fromkeys(value.split(",")))
    chosen, params = (_ANY, wanted) if name.endswith("any") else (_ALL, [*wanted, len(wanted)])
    inside = "NOT IN" if name.startswith("not") else "IN"
    return f"id {inside} ({chosen.format(', '.join('?' * len(wanted)))})", params
