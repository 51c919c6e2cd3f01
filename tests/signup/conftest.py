"""A node for the tests of sign-up."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.signup_node import Node, build


@pytest.fixture
def node(database: Callable[..., None], tmp_path: Path) -> Node:
    database("stacklab.identity", "stacklab.signup")
    return build(tmp_path)
