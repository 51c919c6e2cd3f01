"""Telling those who wait on the event loop what came of it."""

from asyncio import Future
from typing import Any


def settle(waiter: "Future[Any]", value: Any = None, error: BaseException | None = None) -> None:
    """Whoever waited no more, because they were cancelled, is told nothing."""
    if waiter.done():
        return
    if error:
        waiter.set_exception(error)
    else:
        waiter.set_result(value)
