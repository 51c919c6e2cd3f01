"""fsync for those who wait on the event loop, without a thread for each: the kernel syncs many files at once.

    await disksync.sync(one, another)

Linux takes an fsync as it takes asynchronous reads (`io_submit` with IOCB_CMD_FSYNC, 4.18) and rings an eventfd when it
is done. Syncs under way together share the journal's commit, and nobody hands the interpreter's lock back and forth
meanwhile, which costs a small upload more than its disk. Where the kernel has no such calls, threads sync.
"""

import asyncio
import ctypes
import os
from collections.abc import Sequence

from stacklab.core.settle import settle

_SETUP, _DESTROY, _GETEVENTS, _SUBMIT = 206, 207, 208, 209  # of x86-64; elsewhere threads do the work
_FSYNC, _RING = 2, 1  # IOCB_CMD_FSYNC, IOCB_FLAG_RESFD
_MOST = 256  # under way at once; what is more goes to threads

# A PyDLL call keeps the interpreter's lock: none of these calls waits for a disk.
_libc = ctypes.PyDLL(None, use_errno=True)


class _Order(ctypes.Structure):
    """struct iocb"""

    _fields_ = [
        ("data", ctypes.c_uint64), ("key", ctypes.c_uint32), ("flags_rw", ctypes.c_int32), ("opcode", ctypes.c_uint16),
        ("priority", ctypes.c_int16), ("file", ctypes.c_uint32), ("buffer", ctypes.c_uint64),
        ("count", ctypes.c_uint64), ("offset", ctypes.c_int64), ("reserved", ctypes.c_uint64),
        ("flags", ctypes.c_uint32), ("ring", ctypes.c_uint32),
    ]  # fmt: skip


class _Done(ctypes.Structure):
    """struct io_event"""

    _fields_ = [("data", ctypes.c_uint64), ("order", ctypes.c_uint64), ("result", ctypes.c_int64),
                ("more", ctypes.c_int64)]  # fmt: skip


class _Batch:
    """Files that one caller waits for, `left` of them on their way."""

    __slots__ = ("error", "left", "waiter")

    def __init__(self, left: int, waiter: "asyncio.Future[None]") -> None:
        self.left, self.waiter = left, waiter
        self.error: OSError | None = None

    def one_less(self, result: int) -> None:
        self.left -= 1
        if result < 0:
            self.error = self.error or OSError(-result, os.strerror(-result))
        if not self.left:
            settle(self.waiter, error=self.error)


class _Queue:
    """The kernel's queue of one event loop. Raises OSError where there is none."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._context = ctypes.c_ulong(0)
        if os.uname().machine != "x86_64" or _libc.syscall(_SETUP, _MOST, ctypes.byref(self._context)):
            raise OSError(ctypes.get_errno(), "the kernel takes no asynchronous syncs")
        self._done = (_Done * _MOST)()
        self._batches: dict[int, _Batch] = {}
        self._number = self._busy = 0
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        loop.add_reader(self._bell, self._rung)

    def close(self) -> None:
        """After the loop."""
        _libc.syscall(_DESTROY, self._context)
        os.close(self._bell)

    def submit(self, files: Sequence[int]) -> "tuple[int, asyncio.Future[None]]":
        """How many of the files the kernel has taken, from the first one on; done when these are synced."""
        wanted = min(len(files), _MOST - self._busy)
        self._number += 1
        orders, pointers = (_Order * wanted)(), (ctypes.c_void_p * wanted)()
        for at in range(wanted):
            orders[at] = _Order(data=self._number, opcode=_FSYNC, file=files[at], flags=_RING, ring=self._bell)
            pointers[at] = ctypes.addressof(orders[at])
        taken = max(_libc.syscall(_SUBMIT, self._context, ctypes.c_long(wanted), pointers), 0)
        batch = _Batch(taken, self._loop.create_future())
        if taken:
            self._batches[self._number] = batch
            self._busy += taken
        else:
            batch.waiter.set_result(None)
        return taken, batch.waiter

    def _rung(self) -> None:
        os.eventfd_read(self._bell)
        count = _libc.syscall(_GETEVENTS, self._context, ctypes.c_long(0), ctypes.c_long(_MOST), self._done, None)
        for done in self._done[: max(count, 0)]:
            self._busy -= 1
            batch = self._batches[done.data]
            batch.one_less(done.result)
            if not batch.left:
                del self._batches[done.data]


_queues: dict[asyncio.AbstractEventLoop, _Queue] = {}
_without = False


def _queue() -> _Queue | None:
    """The running loop's; those of loops that are closed go when a new one is made."""
    global _without
    loop = asyncio.get_running_loop()
    found = _queues.get(loop)
    if found or _without:
        return found
    for old in [old for old in _queues if old.is_closed()]:
        _queues.pop(old).close()
    try:
        return _queues.setdefault(loop, _Queue(loop))
    except (OSError, AttributeError):
        _without = True
        return None


async def sync(*files: int) -> None:
    """These open files (or folders) are on the disk when this returns. Raises OSError when one cannot be."""
    queue, taken = _queue(), 0
    if queue:
        taken, synced = queue.submit(files)
        await synced
    if taken < len(files):
        await asyncio.to_thread(_each, files[taken:])


def names(folder: str | os.PathLike[str]) -> None:
    """In a thread: the names that this folder now has, and no others, outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _each(files: Sequence[int]) -> None:
    for file in files:
        os.fsync(file)
