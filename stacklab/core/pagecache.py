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
_PAGE = os.sysconf("SC_PAGE_SIZE")
_NOWAIT = getattr(os, "RWF_NOWAIT", 0)

# A PyDLL call keeps the interpreter's lock: to give it up for a microsecond may cost five milliseconds.
_libc = ctypes.PyDLL(None, use_errno=True)


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
