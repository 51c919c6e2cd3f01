"""What the machine has no more of, as an answer: space on its disk (507), files that may be open at once, a disk that
can be read (503).

SQLite says it in its own way, and an undo that fails after that hides it; so the whole chain of errors is looked at.
"""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from stacklab.core.errors import Failure, NoSpace, Unavailable

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_NO_FILES = (errno.EMFILE, errno.ENFILE)
_SQLITE_NO_SPACE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
_SQLITE_NO_FILES = sqlite3.SQLITE_CANTOPEN
_KIND = 0xFF  # of an extended code of SQLite


def refusal(error: BaseException | None) -> Failure | None:
    """What to answer where one of these is what went wrong, else None."""
    while error is not None:
        number = error.errno if isinstance(error, OSError) else None
        code = getattr(error, "sqlite_errorcode", None)
        if number in _NO_SPACE or code in _SQLITE_NO_SPACE:
            return NoSpace("There is no space left on the disk of this node.")
        if number in _NO_FILES or code == _SQLITE_NO_FILES:
            return Unavailable("This node has too many files open; try again later.")
        if number == errno.EIO or (code or 0) & _KIND == sqlite3.SQLITE_IOERR:
            return Unavailable("The disk of this node fails; what was asked for may be lost or come back.")
        error = error.__cause__ or error.__context__
    return None


@contextmanager
def told() -> Iterator[None]:
    """Raises what `refusal` says in place of the error itself."""
    try:
        yield
    except Failure:
        raise
    except Exception as error:
        if found := refusal(error):
            raise found from error
        raise


def words(error: BaseException) -> str:
    """What whoever owns a thing may read of what went wrong with it: no path of this machine."""
    if found := refusal(error):
        return found.message
    own = error.strerror if isinstance(error, OSError) else None
    return own or str(error) or type(error).__name__
