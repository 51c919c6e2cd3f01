"""What is being read from many files stays until it was, though its rows are gone: as a file does that is open."""

import threading
from collections.abc import Callable


class Holds:
    """Names of what is held. Readers are on the event loop, whoever removes is a thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: dict[str, int] = {}
        self._waiting: dict[str, list[Callable[[], None]]] = {}

    def take(self, name: str) -> None:
        with self._lock:
            self._readers[name] = self._readers.get(name, 0) + 1

    def drop(self, name: str) -> None:
        """The last one runs what waits for the end."""
        with self._lock:
            self._readers[name] -= 1
            waiting = []
            if not self._readers[name]:
                del self._readers[name]
                waiting = self._waiting.pop(name, [])
        for call in waiting:
            call()

    def when_free(self, name: str, call: Callable[[], None]) -> None:
        """At once where nobody reads it. What still waits when the process ends is left to the sweep."""
        with self._lock:
            if name in self._readers:
                self._waiting.setdefault(name, []).append(call)
                return
        call()


uploads = Holds()
"""Objects that came in parts, by the upload they came by."""
