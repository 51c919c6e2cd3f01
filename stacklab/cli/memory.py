"""Keeping the process small: one place for what the allocator and the collector are told."""

import ctypes
import gc

_M_ARENA_MAX = -8  # glibc's mallopt(3)
_ARENAS = 2


def few_arenas() -> None:
    """Before there are threads: glibc would give each eight times the cores its own heap and let it grow."""
    _libc("mallopt", _M_ARENA_MAX, _ARENAS)


def settle() -> None:
    """After start-up: what it made lives as long as the process, so the collector need not walk it at every turn of a
    long list; what it threw away goes back to the machine."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    _libc("malloc_trim", 0)


def _libc(name: str, *numbers: int) -> None:
    """Call glibc where it is the C library; elsewhere nothing is lost but some memory."""
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError, TypeError):
        return
    function(*numbers)
