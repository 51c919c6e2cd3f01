"""Collects QEMUs the moment they die. libvirt waits for their pid to vanish, and an orphan's does so late.

QEMU daemonizes, so it is an orphan that init reaps when it gets round to it: up to 2 s for every power off, and
for ever where this process is itself the init of a container. As child subreaper we are its parent in every case.

Only QEMUs are waited for: guests by pid as they start, and strays (libvirt starts QEMUs of its own to learn what they
can do) by looking through our children. Others (dnsmasq, qemu-img) belong to those who started them, and so does
a QEMU of `subprocess`, which is told apart by still being in our session.
"""

import ctypes
import os
import selectors
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_CALM, _ALERT = 1.0, 0.02  # seconds between looks for strays


class Reaper:
    """A thread that sleeps until a watched process ends, or until it is time to look for strays."""

    def __init__(self) -> None:
        _be_subreaper(True)
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._watched: dict[int, int] = {}  # pid → pidfd
        self._pause = _CALM
        self._wake_reader, self._wake_writer = os.pipe()
        self._selector.register(self._wake_reader, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="qemu-reaper", daemon=True)
        self._thread.start()

    def watch(self, pid: int) -> None:
        """Reap this process when it ends, if it is a child of ours by then; harmless for any other."""
        with self._lock:
            if pid in self._watched:
                return
            try:
                descriptor = os.pidfd_open(pid)
            except OSError:
                return
            self._watched[pid] = descriptor
            self._selector.register(descriptor, selectors.EVENT_READ, pid)
        os.write(self._wake_writer, b"+")

    @contextmanager
    def alert(self) -> Iterator[None]:
        """Look for strays often: while libvirt asks QEMU binaries for their capabilities, it waits for their end."""
        self._pause = _ALERT
        os.write(self._wake_writer, b"+")
        try:
            yield
        finally:
            self._pause = _CALM

    def close(self) -> None:
        """Orphans of later go to init again; nobody here would collect them."""
        _be_subreaper(False)
        os.write(self._wake_writer, b".")
        self._thread.join()
        for descriptor in (*self._watched.values(), self._wake_reader, self._wake_writer):
            os.close(descriptor)
        self._selector.close()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select(self._pause):
                if key.fd != self._wake_reader:
                    self._reap(key.data, key.fd)
                elif b"." in os.read(self._wake_reader, 64):
                    return
            for pid in stray_qemus():
                with suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    def _reap(self, pid: int, descriptor: int) -> None:
        with suppress(ChildProcessError):  # not our child if a process before us started it
            os.waitid(os.P_PIDFD, descriptor, os.WEXITED)
        with self._lock:
            self._selector.unregister(descriptor)
            os.close(self._watched.pop(pid))


def _be_subreaper(on: bool) -> None:
    """prctl(2)."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)


def stray_qemus() -> list[int]:
    """Pids of dead QEMUs among our children that daemonized, so that nobody in this process waits for them."""
    return [pid for pid in _children() if _is_stray(pid)]


def _children() -> Iterator[int]:
    for thread in os.listdir("/proc/self/task"):
        with suppress(OSError):
            yield from map(int, Path(f"/proc/self/task/{thread}/children").read_text().split())


def _is_stray(pid: int) -> bool:
    """proc(5): /proc/<pid>/stat is `pid (name) state ppid pgrp session …`, and the name may hold anything."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    name = stat[stat.index("(") + 1 : stat.rindex(")")]
    state, _parent, _group, session = stat[stat.rindex(")") + 2 :].split()[:4]
    return state == "Z" and name.startswith("qemu-system") and int(session) != os.getsid(0)
