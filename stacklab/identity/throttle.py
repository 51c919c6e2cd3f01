"""How often somebody may be wrong: failed log-ins by address, and by address and user.

A person who mistypes waits for seconds; who goes on guessing one user's password waits twice as long each time.
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
        self._users = Backoff(
            settings.login_failures_per_user, settings.login_wait_seconds, settings.login_wait_longest
        )
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


class Backoff:
    """How long each key waits: from the `most`th failure in a row `first` seconds, twice that after the next, and never
    more than `longest`, which is also when a key that failed no more is forgotten. The key that failed last is last.
    """

    def __init__(self, most: int, first: int, longest: int, kept: int = _KEPT) -> None:
        self._most, self._first, self._kept = most, first * clock.SECOND, kept
        self._longest = max(first, longest) * clock.SECOND
        self._seen: dict[str, tuple[int, int]] = {}  # how many failures in a row, and when the last was

    def __len__(self) -> int:
        return len(self._seen)

    def wait(self, key: str) -> int:
        """Microseconds until this key may try again; 0: now."""
        count, last = self._seen.get(key, (0, 0))
        if count < self._most:
            return 0
        return _left(last, min(self._first << min(count - self._most, 32), self._longest))

    def add(self, key: str) -> None:
        count, last = self._seen.pop(key, (0, 0))
        self._seen[key] = (count + 1 if _left(last, self._longest) else 1, clock.now())
        self._forget()

    def clear(self, key: str) -> None:
        self._seen.pop(key, None)

    def _forget(self) -> None:
        while True:
            oldest = next(iter(self._seen))
            if len(self._seen) <= self._kept and _left(self._seen[oldest][1], self._longest):
                return
            del self._seen[oldest]


class Failures:
    """When each key failed in the last minutes, at most `most` times each; the key that failed last is at the end."""

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

    def _forget(self) -> None:
        """Drop keys, those that failed longest ago, while their failures are over or there are too many."""
        while True:
            oldest = next(iter(self._times))
            if len(self._times) <= self._kept and _left(self._times[oldest][-1]):
                return
            del self._times[oldest]


def _left(at: int, span: int = _WINDOW) -> int:
    """Microseconds for which a failure still counts; 0 also when the clock was set back since."""
    age = clock.now() - at
    return span - age if 0 <= age < span else 0


def _pair(address: str, name: str) -> str:
    """A key of fixed size, whatever length a name was sent with."""
    return blake2b(f"{address}\0{name.lower()}".encode(errors="replace"), digest_size=16).hexdigest()
