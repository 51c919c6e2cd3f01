"""A node for the tests of sign-up."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stacklab.core import clock
from stacklab.core.settings import Mail
from tests.support.mailbox import Mailbox
from tests.support.signup_node import Node, build


@pytest.fixture
def node(database: Callable[..., None], tmp_path: Path) -> Node:
    database("stacklab.identity", "stacklab.signup")
    return build(tmp_path)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    made = Mailbox()
    yield made
    made.close()


@pytest.fixture
def mailing(database: Callable[..., None], tmp_path: Path, mailbox: Mailbox) -> Node:
    """A node that sends mail, and so verifies addresses."""
    database("stacklab.identity", "stacklab.signup")
    return build(tmp_path, Mail(host="127.0.0.1", port=mailbox.port, tls="none", sender="Lab <lab@cloud.test>"))


Later = Callable[[float], None]


@pytest.fixture
def later() -> Iterator[Later]:
    """`later(60)`: the clock stands still, so many seconds further on each time."""
    moment = clock.now()

    def go(seconds: float) -> None:
        nonlocal moment
        moment += round(seconds * clock.SECOND)
        clock.use(lambda: moment)

    go(0)
    yield go
    clock.use(None)
