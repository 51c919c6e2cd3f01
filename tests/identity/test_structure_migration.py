"""Assignments that were made before any could be inherited are there afterwards, and are not."""

from collections.abc import Callable

from stacklab.core.db.database import change, rows, transaction
from stacklab.core.db.migrations import find, migrate, statements


def test_assignments_survive(database: Callable[..., None]) -> None:
    first = find("stacklab.identity")[0]
    with transaction():
        for statement in statements(first.sql):
            change(statement)
        change("INSERT INTO migrations VALUES (?, ?, ?, 0)", (first.package, first.number, first.name))
        change("INSERT INTO identity_roles VALUES ('r', '', 'reader', NULL, '{}', '{}')")
        change("INSERT INTO identity_assignments VALUES ('user', 'u', 'project', 'p', 'r')")
    migrate(["stacklab.identity"])
    found = "SELECT actor_kind, actor_id, target_kind, target_id, role_id, inherited FROM identity_assignments"
    assert rows(found) == [("user", "u", "project", "p", "r", 0)]
