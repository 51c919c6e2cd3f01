"""When what was committed is on the disk, for those who wait on the event loop: one sync serves all who wait.

A commit (`synchronous=NORMAL`) has written to the WAL; a sync of that file makes it last. The writers' lock is not held
meanwhile, so nobody's transaction waits for the disk.
"""

import asyncio
import os

from stacklab.core import disksync
from stacklab.core.db.database import proxy
from stacklab.core.settle import settle

_waiting: list[asyncio.Future[None]] = []
_syncing: asyncio.Task[None] | None = None


async def synced() -> None:
    """Returns when everything committed before the call is on the disk. Raises OSError when it cannot be."""
    global _syncing
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    _waiting.append(done)
    if _syncing is None or _syncing.done() or _syncing.get_loop() is not loop:
        _syncing = loop.create_task(_sync_all())
    await done


async def _sync_all() -> None:
    """For all who wait now; who comes later waits for the next."""
    while _waiting:
        batch = list(_waiting)
        _waiting.clear()
        error: Exception | None = None
        try:
            await _sync(str(proxy.database))
        except Exception as failed:
            error = failed
        for done in batch:
            settle(done, error=error)


async def _sync(database: str) -> None:
    try:
        file = os.open(f"{database}-wal", os.O_RDONLY)
    except FileNotFoundError:  # a checkpoint, which syncs, has emptied it
        file = os.open(database, os.O_RDONLY)
    try:
        await disksync.sync(file)
    finally:
        os.close(file)
