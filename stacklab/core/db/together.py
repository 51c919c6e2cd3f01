"""Small writes that come together are one transaction and one sync of the disk, for those who wait on the event loop.

A commit costs more than what is in it, and a sync far more than both. While one group is on its way to the disk the
next gathers; each call in a group is undone alone where it raises.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from stacklab.core.db.database import transaction
from stacklab.core.db.synced import synced

T = TypeVar("T")
_Asked = tuple[Callable[[], Any], "asyncio.Future[Any]"]
_asked: list[_Asked] = []
_server: "asyncio.Task[None] | None" = None


async def together(call: Callable[[], T]) -> T:
    """What `call` returns, once what it wrote is on the disk. Raises what it raises, and then it wrote nothing."""
    global _server
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    _asked.append((call, done))
    if _server is None or _server.done() or _server.get_loop() is not loop:
        _server = loop.create_task(_serve())
    return await done


async def _serve() -> None:
    while _asked:
        group = [one for one in _asked if not one[1].done()]
        _asked.clear()
        try:
            with transaction():
                made = [_made(call) for call, _done in group]
            await synced()
        except Exception as error:
            made = [(None, error)] * len(group)
        for (_call, done), (value, failure) in zip(group, made, strict=True):
            if done.done():  # whoever waited was cancelled
                continue
            if failure:
                done.set_exception(failure)
            else:
                done.set_result(value)


def _made(call: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        with transaction():
            return call(), None
    except Exception as error:
        return None, error
