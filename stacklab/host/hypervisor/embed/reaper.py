"""Collects QEMUs the moment they die. libvirt waits for their pid to vanish, and an orphan's does so late.

QEMU daemonizes, so it is an orphan that init reaps when it gets round to it: 1.3 to 2 s for every power off. As child
subreaper we are its parent instead. Only pids that were named here are waited for: other children of this process
(dnsmasq, qemu-img) belong to those who started them.
"""

import ctypes
import os
import selectors
import threading

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


class Reaper:
    """A thread that sleeps until a watched process ends."""

    def __init__(self) -> None:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._watched: dict[int, int] = {}  # pid → pidfd
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

    def close(self) -> None:
        os.write(self._wake_writer, b".")
        self._thread.join()
        for descriptor in (*self._watched.values(), self._wake_reader, self._wake_writer):
            os.close(descriptor)
        self._selector.close()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fd != self._wake_reader:
                    self._reap(key.data, key.fd)
                elif b"." in os.read(self._wake_reader, 64):
                    return

    def _reap(self, pid: int, descriptor: int) -> None:
        try:
            os.waitid(os.P_PIDFD, descriptor, os.WEXITED)
        except ChildProcessError:
            pass  # it was someone else's child: started before we were, by a process that is gone
        with self._lock:
            self._selector.unregister(descriptor)
            os.close(self._watched.pop(pid))
