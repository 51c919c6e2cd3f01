"""A fresh, migrated database for any test that asks for `database`."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from stacklab.core.db.database import open_database, proxy
from stacklab.core.db.migrations import migrate

# What a test expects to go wrong is not news; an exception nobody expected is.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
Migrated = Callable[..., None]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Migrated]:
    """`database("stacklab.images", …)` migrates these packages' tables; core's are always there."""
    opened = open_database(tmp_path / "test.db")
    migrate(["stacklab.core"])

    def add(*packages: str) -> None:
        migrate(packages)

    yield add
    if not proxy.is_closed():
        proxy.close()
    opened.close()
