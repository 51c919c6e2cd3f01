"""Keeping the process small: one place for what the allocator and the collector are told."""

import ctypes
import gc

_M_ARENA_MAX = -8  # glibc's mallopt(3)
_ARENAS = 1
"""Of any heap but the first, malloc_trim(3) leaves the top where it is: two work spaces of hashes, for good."""
EVERY = 20  # seconds between two times of giving back


def begin() -> None:
    """Before there are threads: glibc would make heaps for them, up to eight times the cores, and let each grow.

    What a start makes stays, so the collector would look through it for nothing, again and again: until `settle`.
    """
    gc.disable()
    _libc("mallopt", _M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """What bursts have left: the work space of one password hash is 19 MB, and glibc keeps it for the next one.

    Keeping it is right within a burst (mapping it anew costs a quarter of the hash), and wrong afterwards.
    """
    _libc("malloc_trim", 0)


def settle() -> None:
    """After start-up: what it made lives as long as the process, so the collector need not walk it at every turn of a
    long list; what it threw away goes back to the machine."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 50)
    give_back()


def _libc(name: str, *numbers: int) -> None:
    """Call glibc where it is the C library; elsewhere nothing is lost but some memory."""
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError, TypeError):
        return
    function(*numbers)
