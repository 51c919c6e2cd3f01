"""What can be had of files without waiting for a disk, and a thread for the rest: the event loop never waits.

On Linux the kernel is asked to refuse what it would have to read first: `openat2(RESOLVE_CACHED)` (5.12), `preadv2`
with RWF_NOWAIT (4.14), `cachestat` (6.5). Where it does not know them, a thread does the work.
"""

import asyncio
import ctypes
import errno
import os
from pathlib import Path

_OPENAT2, _CACHESTAT = 437, 451  # the same numbers on every architecture
_AT_FDCWD = -100
_RESOLVE_CACHED = 0x20
_WRITE = 2  # SYNC_FILE_RANGE_WRITE: begins, and does not wait for the end
PIECE = 128 << 10
"""Bytes that are written at a time. For more the kernel takes larger blocks of memory, which a virtual machine may have
to get back from its host first: writes were seen to cost ten times as much. Elsewhere they would gain a twentieth."""
_LOT = 4 << 20  # bytes that are worth telling the disk of
_PAGE = os.sysconf("SC_PAGE_SIZE")
_NOWAIT = getattr(os, "RWF_NOWAIT", 0)

# A PyDLL call keeps the interpreter's lock: to give it up for a microsecond may cost five milliseconds.
_libc = ctypes.PyDLL(None, use_errno=True)
_write_range = getattr(ctypes.CDLL(None), "sync_file_range", None)  # may wait: gives the lock up


class _How(ctypes.Structure):
    """struct open_how"""

    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


class _Extent(ctypes.Structure):
    """struct cachestat_range"""

    _fields_ = [("offset", ctypes.c_uint64), ("length", ctypes.c_uint64)]


class _Cached(ctypes.Structure):
    """struct cachestat, in pages"""

    _fields_ = [(name, ctypes.c_uint64) for name in ("cached", "dirty", "writeback", "evicted", "recently_evicted")]


_READ_ONLY = ctypes.byref(_How(os.O_RDONLY | getattr(os, "O_CLOEXEC", 0), 0, _RESOLVE_CACHED))


async def opened(path: Path | str) -> int:
    """A descriptor to read from; whoever gets it closes it. Raises FileNotFoundError."""
    name = os.fspath(path)
    if _NOWAIT:
        file: int = _libc.syscall(_OPENAT2, _AT_FDCWD, name.encode(), _READ_ONLY, ctypes.sizeof(_How))
        if file >= 0:
            return file
        if ctypes.get_errno() == errno.ENOENT:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    return await asyncio.to_thread(os.open, name, os.O_RDONLY)


async def read(file: int, offset: int, count: int) -> bytes | bytearray:
    """`count` bytes of a file from `offset` on. Raises EOFError where the file ends before."""
    data = _read_now(file, offset, count)
    if data is None:
        data = await asyncio.to_thread(os.pread, file, count, offset)
    if len(data) < count:
        raise EOFError(f"a file ends {count - len(data)} bytes early")
    return data


def _read_now(file: int, offset: int, count: int) -> bytes | bytearray | None:
    """The bytes where all of them are in the page cache, else None."""
    if not _NOWAIT:
        return None
    data = bytearray(count)
    try:
        found = os.preadv(file, [data], offset, _NOWAIT)
    except OSError:  # none of it is there, or the file system cannot say
        return None
    return data if found == count else None


def resident(file: int, offset: int, count: int) -> bool:
    """Whether these bytes can be sent without waiting for a disk."""
    seen = _Cached()
    extent = _Extent(offset, count)
    if not _NOWAIT or _libc.syscall(_CACHESTAT, file, ctypes.byref(extent), ctypes.byref(seen), 0):
        return False
    pages = (offset + count - 1) // _PAGE - offset // _PAGE + 1
    # A page that is there may still be on its way from the disk; pages arrive in order.
    return bool(seen.cached >= pages) and _read_now(file, offset + count - 1, 1) is not None


def write_back(file: int, begun: int, end: int) -> int:
    """Of a file that grows: have what lies from `begun` to its `end` on the way to the disk, if that is worth a word,
    so that the sync at last has little to wait for. From where to go on. In a thread: it may wait for the disk's queue.
    """
    if end - begun < _LOT:
        return begun
    if _write_range:
        _write_range(file, ctypes.c_int64(begun), ctypes.c_int64(end - begun), _WRITE)
    return end
