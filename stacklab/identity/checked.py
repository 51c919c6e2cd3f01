"""The tokens that were checked before: their claims by their text, as many as fit in a bounded amount of memory."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")
MOST = 10_000  # tokens
MOST_TEXT = 8 << 20  # characters of them: what a token says takes about four times the room


class Checked(Generic[T]):
    """Looking up takes no lock; the token that came first goes first."""

    def __init__(self) -> None:
        self._found: dict[str, T] = {}
        self._text = 0
        self._lock = threading.Lock()

    def get(self, token: str) -> T | None:
        return self._found.get(token)

    def put(self, token: str, found: T) -> None:
        with self._lock:
            while self._found and (len(self._found) >= MOST or self._text + len(token) > MOST_TEXT):
                self._drop(next(iter(self._found)))
            self._text += 0 if token in self._found else len(token)
            self._found[token] = found

    def drop(self, token: str) -> None:
        with self._lock:
            self._drop(token)

    def _drop(self, token: str) -> None:
        if self._found.pop(token, None) is not None:
            self._text -= len(token)

    def __len__(self) -> int:
        return len(self._found)
