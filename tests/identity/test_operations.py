"""Every operation of Keystone by every persona, from the table in operations.txt; each is asked for and taken back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacklab.core.db.database import open_database, proxy
from stacklab.core.db.migrations import migrate
from stacklab.http.routes import Table
from stacklab.identity.api import ROUTES
from tests.support.identity_cloud import Cloud, build
from tests.support.operations import PERSONAS, RULES, Operation, parse
from tests.support.operations_cloud import ask, furnish

OPERATIONS = parse((Path(__file__).parent / "operations.txt").read_text())


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    state = tmp_path_factory.mktemp("operations")
    opened = open_database(state / "test.db")
    migrate(["stacklab.core", "stacklab.identity"])
    yield furnish(build(state))
    opened.close()


@pytest.mark.parametrize("operation", OPERATIONS, ids=[f"{o.method} {o.path}" for o in OPERATIONS])
def test_who_gets_what(cloud: Cloud, operation: Operation) -> None:
    answers = {persona: ask(cloud, operation, persona) for persona in PERSONAS}
    got = {persona: answer.status for persona, answer in answers.items()}
    expected = operation.expected()
    wrong = {p: (got[p], expected[p], answers[p].raw[:300]) for p in PERSONAS if got[p] != expected[p]}
    assert not wrong, "persona: (status, expected, body)"


def test_every_operation_is_routed() -> None:
    """Under a path with parameters in the same places."""
    table = Table(ROUTES)
    for operation in OPERATIONS:
        routes, _ = table.find(operation.method, re.sub(r"{.*?}", "any", operation.path))
        assert re.sub(r"{.*?}", "{}", routes[0].path) == re.sub(r"{.*?}", "{}", operation.path)


def test_the_table_is_whole() -> None:
    """As many as are published, none twice, every rule in use."""
    assert len({(o.method, o.path) for o in OPERATIONS}) == len(OPERATIONS) == 204
    assert {o.rule for o in OPERATIONS} == set(RULES)


def test_what_was_asked_left_nothing(cloud: Cloud) -> None:
    before = proxy.execute_sql("SELECT COUNT(*) FROM identity_projects").fetchone()
    (create,) = [o for o in OPERATIONS if (o.method, o.path) == ("POST", "/v3/projects")]
    assert ask(cloud, create, "system admin").status == 201
    assert proxy.execute_sql("SELECT COUNT(*) FROM identity_projects").fetchone() == before
