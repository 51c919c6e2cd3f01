"""Clouds with real users for the tests of identity."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stacklab.core.db.database import open_database, proxy
from stacklab.core.db.migrations import migrate
from tests.support.identity_cloud import Cloud, build


@pytest.fixture
def cloud(database: Callable[..., None], tmp_path: Path) -> Cloud:
    """A cloud of one's own, to change at will."""
    database("stacklab.identity")
    return build(tmp_path)


@pytest.fixture(scope="module")
def _lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Cloud]]:
    state = tmp_path_factory.mktemp("cloud")
    opened = open_database(state / "test.db")
    migrate(["stacklab.core", "stacklab.identity"])
    yield opened, build(state)
    opened.close()


@pytest.fixture
def shared_cloud(_lasting: tuple[Any, Cloud]) -> Cloud:
    """One for a whole file, for tests that only look, or are refused."""
    opened, cloud = _lasting
    proxy.initialize(opened)  # a test with a cloud of its own may have come between
    return cloud
