"""Sites of real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.regions import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A home of one's own, to add regions to and to kill."""
    made = Site(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Three regions on one machine, for a whole file: home's own, one that is trusted, one that is lent."""
    made = Site(tmp_path_factory.mktemp("site"))
    made.join("Northwind", trusted=True)
    made.join("Lent")
    yield made
    made.close()
