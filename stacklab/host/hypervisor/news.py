"""Delivers power changes to listeners from one thread of its own, in order, so that a listener may call the driver."""

import queue
import threading

from stacklab.core import log
from stacklab.host.hypervisor.spec import Power, PowerListener

_log = log.get(__name__)


class PowerNews:
    """Listeners added here hear of every change told here. A listener that raises is logged, never fatal."""

    def __init__(self) -> None:
        self._listeners: list[PowerListener] = []
        self._told: dict[str, Power] = {}  # the last news of each domain
        self._queue: queue.SimpleQueue[tuple[str, Power] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def listen(self, listener: PowerListener) -> None:
        with self._lock:
            self._listeners.append(listener)
            if self._thread is None:
                self._thread = threading.Thread(target=self._deliver, name="power-news", daemon=True)
                self._thread.start()

    def tell(self, domain_id: str, power: Power) -> None:
        """Returns at once. Twice the same (libvirt: "resumed" and "started") is told once."""
        with self._lock:
            if self._thread is not None and self._told.get(domain_id) is not power:
                self._told[domain_id] = power
                self._queue.put((domain_id, power))

    def forget(self, domain_id: str) -> None:
        """The domain is gone: nothing is remembered of it."""
        with self._lock:
            self._told.pop(domain_id, None)

    def close(self) -> None:
        """Deliver what was told, then end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is None:
            return
        self._queue.put(None)
        if thread is not threading.current_thread():
            thread.join()

    def _deliver(self) -> None:
        while (item := self._queue.get()) is not None:
            for listener in list(self._listeners):
                try:
                    listener(*item)
                except Exception:
                    _log.exception("a power listener failed", server=item[0], power=item[1])
