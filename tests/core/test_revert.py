"""Undo runs in reverse, all of it, and only on failure."""

import io

import msgspec
import pytest
import structlog

from stacklab.core import log
from stacklab.core.revert import Revert


def test_failure_unwinds_in_reverse_even_past_a_broken_undo() -> None:
    undone: list[int] = []

    def broken() -> None:
        raise OSError("stuck")

    with pytest.raises(ValueError, match="boom"), Revert() as revert:
        revert.add(lambda: undone.append(1))
        revert.add(broken)
        revert.add(lambda: undone.append(2))
        raise ValueError("boom")
    assert undone == [2, 1]


def test_success_keeps_everything() -> None:
    undone: list[int] = []
    with Revert() as revert:
        revert.add(lambda: undone.append(1))
        revert.keep()
    assert undone == []


def test_no_secret_reaches_the_log() -> None:
    out = io.StringIO()
    try:
        log.configure("info", out)
        structlog.get_logger().info("login", admin_password="hunter2", user="lin", x_auth_token="abc")
        line = msgspec.json.decode(out.getvalue())
    finally:
        structlog.reset_defaults()
    assert line["admin_password"] == line["x_auth_token"] == log.MASKED
    assert line["user"] == "lin"
    assert "hunter2" not in out.getvalue()
