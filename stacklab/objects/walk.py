"""The background walk: every file is read again now and then, and must still have the MD5 that its row says.

It goes by rows, in the order of files, a bounded amount at a time, and remembers where it was; what is not what it was
goes to `quarantine/`, by its name, where an operator may look at it. Its row stays, and a GET answers 404, as in Swift:
no client is given wrong bytes.
"""

import hashlib
import os
from pathlib import Path

from stacklab.core import facts, log, pagecache
from stacklab.core.db.database import row, rows
from stacklab.objects.store import Store
from stacklab.objects.sweep import TABLES

_log = log.get(__name__)
_PLACE = "objects.walk"  # the fact that remembers the file it came to
_BLOCK = 1 << 20
_SOME = 100
_NEXT = "SELECT file, etag, size FROM {} WHERE file > ? AND kind = '' ORDER BY file LIMIT ?"
_TABLES = tuple(_NEXT.format(table) for table in TABLES)
_STILL = "SELECT 1 FROM objects WHERE file = ? UNION ALL SELECT 1 FROM objects_versions WHERE file = ?"


def some(store: Store, most: int) -> int:
    """Read about `most` bytes of files from where the last call stopped; how many files were not what they were. After
    the last one it begins anew."""
    place = facts.get(_PLACE) or ""
    spoiled = seen = 0
    while seen < most:
        found = sorted(one for sql in _TABLES for one in rows(sql, (place, _SOME)))[:_SOME]
        for file, etag, size in found:
            spoiled += not _right(store, file, etag, size)
            place, seen = file, seen + size
            if seen >= most:
                break
        if seen < most and len(found) < _SOME:
            place = ""
            break
    facts.put(_PLACE, place)
    return spoiled


def _right(store: Store, file: str, etag: str, size: int) -> bool:
    """True also for a file that went away with its row meanwhile."""
    path = store.path(file)
    try:
        if path.stat().st_size == size and _md5(path) == etag:
            return True
    except FileNotFoundError:
        if row(_STILL, (file, file)) is None:
            return True
        _log.error("a file of an object is missing", file=file)
        return False
    except OSError as error:  # what lies behind it is walked all the same
        _log.error("a file of an object cannot be read", file=file, error=repr(error))
        return False
    _log.error("a file of an object is not what was stored: it is in quarantine", file=file)
    store.quarantine(file)
    return False


def _md5(path: Path) -> str:
    """The page cache has of it what it had before: a walk would fill it with what nobody asked for, or empty it."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        asked_for = size and pagecache.resident(file.fileno(), 0, size)
        while block := file.read(_BLOCK):
            digest.update(block)
        if not asked_for and hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return digest.hexdigest()
