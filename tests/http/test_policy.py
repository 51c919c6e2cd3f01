"""The checks as a table: persona by rule."""

import pytest

from stacklab.core.errors import Forbidden
from stacklab.http import policy
from stacklab.http.context import Context
from tests.support.api import OTHER, PERSONAS, PROJECT

policy.declare(
    "test",
    {
        "read": (policy.PROJECT_READER, "Read"),
        "write": (policy.PROJECT_MEMBER, "Write"),
        "manage": (policy.PROJECT_MANAGER, "Manage"),
        "administer": (policy.ADMIN, "Administer"),
        "anyone": (policy.ANY, "Look"),
    },
)
EVERYONE = set(PERSONAS)


@pytest.mark.parametrize(
    ("rule", "project", "allowed"),
    [
        ("read", PROJECT, {"reader", "member", "manager", "admin", "system"}),
        ("write", PROJECT, {"member", "manager", "admin", "system"}),
        ("write", OTHER, {"other", "admin", "system"}),
        ("manage", PROJECT, {"manager", "admin", "system"}),
        ("administer", PROJECT, {"admin", "system"}),
        ("anyone", PROJECT, EVERYONE),
    ],
)
def test_rules(rule: str, project: str, allowed: set[str]) -> None:
    assert {name for name, who in PERSONAS.items() if Context(who).can(f"test:{rule}", project_id=project)} == allowed


def test_a_refusal_names_the_rule() -> None:
    with pytest.raises(Forbidden, match="Policy doesn't allow test:administer to be performed"):
        Context(PERSONAS["member"]).authorize("test:administer")


def test_without_a_target_the_callers_own_project_is_meant() -> None:
    assert Context(PERSONAS["member"]).can("test:write")
    assert not Context(PERSONAS["unscoped"]).can("test:write")
