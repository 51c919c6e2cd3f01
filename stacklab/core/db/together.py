"""Small writes that come together are one transaction and one sync of the disk, for those who wait on the event loop.

A commit costs more than what is in it, and a sync far more than both. Each call in a group is undone alone where it
raises.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from stacklab.core.db.database import transaction
from stacklab.core.db.synced import synced
from stacklab.core.errors import NoSpace
from stacklab.core.settle import settle

T = TypeVar("T")
_Asked = tuple[Callable[[], Any], "asyncio.Future[Any]"]
_Made = tuple[Any, Exception | None]
_asked: list[_Asked] = []
_ending: set["asyncio.Task[None]"] = set()


async def together(call: Callable[[], T]) -> T:
    """What `call` returns, once what it wrote is on the disk. Raises what it raises, and then it wrote nothing.

    `call` may be called twice, the first time for nothing.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    if not _asked or _asked[0][1].get_loop() is not loop:
        _asked.clear()
        loop.call_soon(_serve)
    _asked.append((call, done))
    return await done


def _serve() -> None:
    """All who have come in this turn of the loop."""
    group = [one for one in _asked if not one[1].done()]
    _asked.clear()
    if not group:
        return
    task = asyncio.get_running_loop().create_task(_end(group, _made([call for call, _done in group])))
    _ending.add(task)
    task.add_done_callback(_ending.discard)


async def _end(group: list[_Asked], made: list[_Made]) -> None:
    try:
        await synced()
    except Exception as error:
        made = [(None, error)] * len(group)
    for (_call, done), (value, failure) in zip(group, made, strict=True):
        settle(done, value, failure)


def _made(calls: list[Callable[[], Any]]) -> list[_Made]:
    """What they return or raise. Mostly none does: only when one has are they made again, each to be undone alone."""
    try:
        with transaction():
            return [(call(), None) for call in calls]
    except Exception as error:
        if len(calls) == 1:
            return [(None, error)]
    try:
        with transaction():
            return [_alone(call) for call in calls]
    except Exception as error:
        return [(None, error)] * len(calls)


def _alone(call: Callable[[], Any]) -> _Made:
    try:
        with transaction():
            return call(), None
    except NoSpace:
        raise
    except Exception as error:
        return None, error
