"""Threads for work in bulk: while others want the processor, the event loop and the guests before all, they get less of
it. Otherwise a few large uploads make everybody wait who only asks for a list."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

_NICE = 5
"""More than the rest of the process has: a third of its share. Less would be nothing where all guests are busy."""


def pool(threads: int, name: str) -> ThreadPoolExecutor:
    """`name` begins the name of each thread."""
    return ThreadPoolExecutor(threads, name, _step_back)


def _step_back() -> None:
    if sys.platform == "linux":  # elsewhere niceness is of the whole process
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _NICE)
