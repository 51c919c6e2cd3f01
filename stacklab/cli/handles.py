"""How many files this process may have open, and how many of them connections may take: each of those may read a file
to its client, and whoever comes when there is none left would spoil it for all."""

import resource
from functools import cache

_WANTED = 1 << 16
"""More are of no use to us, and what we start may look at each."""
_OWN = 128  # of the process itself: its libraries, the database in every thread, files on their way
_EACH = 3  # of a connection: its socket twice, and what it reads


def raise_limit() -> None:
    """As far as we may ourselves: the 1024 that most are started with are for programs of another time."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@cache
def connections() -> int:
    """How many there may be at once."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max((_WANTED if soft == resource.RLIM_INFINITY else soft) - _OWN, _EACH) // _EACH
