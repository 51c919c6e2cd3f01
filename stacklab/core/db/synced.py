"""When what was committed is on the disk, for those who wait on the event loop: one sync serves all who wait.

A commit (`synchronous=NORMAL`) has written to the WAL; a sync of that file makes it last. The writers' lock is not held
meanwhile, so nobody's transaction waits for the disk.
"""

import asyncio
import os
from functools import partial

from stacklab.core.db.database import proxy

_waiting: list[asyncio.Future[None]] = []
_busy = False


async def synced() -> None:
    """Returns when everything committed before the call is on the disk. Raises OSError when it cannot be."""
    done = asyncio.get_running_loop().create_future()
    _waiting.append(done)
    if not _busy:
        _begin()
    await done


def _begin() -> None:
    """Sync for all who wait now; who comes later waits for the next."""
    global _busy
    batch = list(_waiting)
    _waiting.clear()
    _busy = True
    running = asyncio.get_running_loop().run_in_executor(None, _sync, str(proxy.database))
    running.add_done_callback(partial(_end, batch))


def _end(batch: list[asyncio.Future[None]], running: asyncio.Future[None]) -> None:
    global _busy
    _busy = False
    error = running.exception()
    for done in batch:
        if done.done():  # whoever waited was cancelled
            continue
        if error:
            done.set_exception(error)
        else:
            done.set_result(None)
    if _waiting:
        _begin()


def _sync(database: str) -> None:
    try:
        file = os.open(f"{database}-wal", os.O_RDONLY)
    except FileNotFoundError:  # a checkpoint, which syncs, has emptied it
        file = os.open(database, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
