"""How often somebody may be wrong: failed log-ins of the last minutes, by address and by address and user.

Kept in memory, so a restart forgets. Unknown users count as known ones do: being told to wait says nothing.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from stacklab.core import clock
from stacklab.core.errors import TooManyRequests, Unauthorized
from stacklab.core.settings import Identity

_WINDOW = 300 * clock.SECOND
_KEPT = 20_000  # keys of each kind; the one that failed longest ago goes first


class Throttle:
    """A failure counts when it is known, so a client may go over by as many as are checked at the same time."""

    def __init__(self, settings: Identity) -> None:
        self._lock = threading.Lock()
        self._users = Failures(settings.login_failures_per_user)
        self._addresses = Failures(settings.login_failures_per_address)

    @contextmanager
    def attempt(self, address: str, names: list[str]) -> Iterator[None]:
        """Around a proof by secret of who `names` tell; Unauthorized counts, success clears what was counted for them.

        Raises TooManyRequests, with the seconds to wait, before anything is checked.
        """
        pairs = [_pair(address, name) for name in names]
        self._require_room(address, pairs)
        try:
            yield
        except Unauthorized:
            with self._lock:
                self._addresses.add(address)
                for pair in pairs:
                    self._users.add(pair)
            raise
        with self._lock:
            for pair in pairs:
                self._users.clear(pair)

    def _require_room(self, address: str, pairs: list[str]) -> None:
        with self._lock:
            wait = max([self._addresses.wait(address), *map(self._users.wait, pairs)])
        if wait:
            seconds = -(-wait // clock.SECOND)
            raise TooManyRequests(
                f"Too many failed log-ins; try again in {seconds} seconds.", headers={"retry-after": str(seconds)}
            )


class Failures:
    """When each key last failed, at most `most` times each; the key that failed last is at the end."""

    def __init__(self, most: int, kept: int = _KEPT) -> None:
        self._most, self._kept = most, kept
        self._times: dict[str, deque[int]] = {}

    def __len__(self) -> int:
        return len(self._times)

    def wait(self, key: str) -> int:
        """Microseconds until this key may try again; 0: now."""
        times = self._times.get(key)
        if times is None or len(times) < self._most:
            return 0
        return _left(times[0])

    def add(self, key: str) -> None:
        times = self._times.pop(key, None) or deque(maxlen=self._most)
        while times and not _left(times[0]):
            times.popleft()
        times.append(clock.now())
        self._times[key] = times
        self._forget()

    def clear(self, key: str) -> None:
        self._times.pop(key, None)

    def _forget(self) -> None:
        """Drop keys, those that failed longest ago, while their failures are over or there are too many."""
        while True:
            oldest = next(iter(self._times))
            if len(self._times) <= self._kept and _left(self._times[oldest][-1]):
                return
            del self._times[oldest]


def _left(at: int) -> int:
    """Microseconds for which a failure still counts; 0 also when the clock was set back since."""
    age = clock.now() - at
    return _WINDOW - age if 0 <= age < _WINDOW else 0


def _pair(address: str, name: str) -> str:
    """A key of fixed size, whatever length a name was sent with."""
    return blake2b(f"{address}\0{name.lower()}".encode(errors="replace"), digest_size=16).hexdigest()
