"""The book of roles in memory: read again after a change, also by who was reading meanwhile."""

from typing import Any

import pytest

from stacklab.core.db import database
from stacklab.identity import rolebook, roles
from tests.support.identity_cloud import Cloud


def test_what_was_read_before_a_change_is_not_kept(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    book, (manager, member) = cloud.identity.rolebook, (cloud.made.roles[name] for name in ("manager", "member"))
    book._forget()
    read = database.rows

    def slowly(sql: str) -> list[tuple[Any, ...]]:
        """The change is committed after its rows were read and before they are put in the book."""
        found = read(sql)
        if "implied" in sql:
            monkeypatch.undo()
            assert roles.separate(cloud.identity, manager, member)
        return found

    monkeypatch.setattr(rolebook, "rows", slowly)
    book.expand([manager])
    assert [name for _, name in book.expand([manager])] == ["manager"]
