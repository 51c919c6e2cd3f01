"""A new file that is written from its begin to its end, in a thread: all of it may wait for the disk.

What is long may go past the page cache. To copy it there costs the processor twice what taking it from the client
does, and what is uploaded once and read some other day would only drive out what is read all the time.
"""

import ctypes
import errno
import os

from stacklab.core import pagecache, reserve
from stacklab.core.reserve import Require

PAGE = 4096
"""What goes past the page cache is whole blocks of this many bytes, in memory as in the file."""
_LEAST = 128 << 10  # bytes for which it is worth waiting for the disk by themselves
_OFTEN = 4 << 20  # bytes between two times of asking whether it may go on
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_CLOEXEC", 0)
_PAST = getattr(os, "O_DIRECT", 0)


class Growing:
    """`size` bytes are in it. `past`: past the page cache, where file system and memory allow; memory does where a byte
    lies as far behind a PAGE in it as in the file. `require` is asked now and then whether it may go on. Raises
    FileExistsError, OSError."""

    __slots__ = ("_asked", "_begun", "_past", "_require", "file", "size")

    def __init__(self, path: str, past: bool = False, require: Require = reserve.nothing) -> None:
        self.size = self._begun = self._asked = 0
        self._require = require
        self.file = os.open(path, _NEW, 0o600)
        self._past = _opened_past(path) if past else -1

    def write(self, data: bytes | bytearray | memoryview) -> None:
        view = memoryview(data)
        while view:
            view = view[self._some(view) :]
        if self.size - self._asked >= _OFTEN:
            self._asked = self.size
            self._require()
        if self._past < 0:
            self._begun = pagecache.write_back(self.file, self._begun, self.size)

    def _some(self, view: memoryview) -> int:
        taken = 0
        to_page = -self.size % PAGE if self._past >= 0 else 0
        if self._past >= 0 and not to_page:
            taken = self._past_cache(view)
        taken = taken or os.pwrite(self.file, view[: to_page or pagecache.PIECE], self.size)
        self.size += taken
        return taken

    def _past_cache(self, view: memoryview) -> int:
        if len(view) < _LEAST or not _lies_at_page(view):
            return 0
        try:
            return os.pwrite(self._past, view[: len(view) & -PAGE], self.size)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            self._close_past()  # a file system of larger blocks
            return 0

    def sync(self) -> None:
        os.fsync(self.file)

    def close(self) -> None:
        """May be called twice."""
        self._close_past()
        if self.file >= 0:
            os.close(self.file)
            self.file = -1

    def _close_past(self) -> None:
        if self._past >= 0:
            os.close(self._past)
            self._past = -1


def _opened_past(path: str) -> int:
    """-1 where the file system knows no such thing."""
    if not _PAST:
        return -1
    try:
        return os.open(path, os.O_WRONLY | os.O_CLOEXEC | _PAST)
    except OSError:
        return -1


def _lies_at_page(view: memoryview) -> bool:
    return not view.readonly and ctypes.addressof(ctypes.c_char.from_buffer(view)) % PAGE == 0
