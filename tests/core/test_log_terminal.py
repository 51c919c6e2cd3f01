"""What a terminal is shown of a failure: where it happened, not what was in the variables there."""

import io
import sys
from collections.abc import Iterator

import pytest
import structlog

from stacklab.core import log


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    before = structlog.get_config()
    made = Terminal()
    log.configure("info", made)
    yield made
    structlog.configure(**before)


def test_no_value_of_a_variable_is_shown(terminal: Terminal) -> None:
    passcode = "-".join(["swordfish", str(sys.maxsize)])
    try:
        raise LookupError(len(passcode))
    except LookupError:
        structlog.get_logger().exception("request failed")
    assert "LookupError" in terminal.getvalue()
    assert passcode not in terminal.getvalue()
