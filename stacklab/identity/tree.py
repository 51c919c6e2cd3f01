"""The trees that projects stand in: a domain at the top, at most five levels of projects below it."""

from stacklab.core.db.database import rows
from stacklab.identity.model import Project

DEEPEST = 5
"""Levels of projects below a domain: Keystone's `max_project_tree_depth`."""

ABOVE = """
WITH RECURSIVE above(id, level) AS (
  SELECT parent_id, 1 FROM identity_projects WHERE id = ?1 AND parent_id IS NOT NULL
  UNION ALL SELECT p.parent_id, level + 1 FROM identity_projects AS p JOIN above ON p.id = above.id
  WHERE p.parent_id IS NOT NULL)
"""
BELOW = """
WITH RECURSIVE below(id, level) AS (
  SELECT id, 1 FROM identity_projects WHERE parent_id = ?1
  UNION ALL SELECT p.id, level + 1 FROM identity_projects AS p JOIN below ON p.parent_id = below.id)
"""
INSIDE = """
WITH RECURSIVE inside(id) AS (
  SELECT ? UNION ALL SELECT p.id FROM identity_projects AS p JOIN inside ON p.parent_id = inside.id)
SELECT id FROM inside
"""
_PARENTS = ABOVE + "SELECT p.* FROM above JOIN identity_projects AS p ON p.id = above.id ORDER BY level"  # noqa: S608
_SUBTREE = BELOW + "SELECT p.* FROM below JOIN identity_projects AS p ON p.id = below.id ORDER BY level, p.id"  # noqa: S608


def parents(project_id: str) -> list[Project]:
    """Nearest first, the domain last; in one query."""
    return list(Project.raw(_PARENTS, project_id))


def subtree(project_id: str) -> list[Project]:
    """Everything below a project or domain, the nearest levels first; in one query."""
    return list(Project.raw(_SUBTREE, project_id))


def parent_ids(project_id: str) -> list[str]:
    return [r[0] for r in rows(ABOVE + "SELECT id FROM above ORDER BY level", (project_id,))]  # noqa: S608


def below(project_id: str) -> list[str]:
    """The ids of all projects below."""
    return [r[0] for r in rows(BELOW + "SELECT id FROM below ORDER BY level, id", (project_id,))]  # noqa: S608
