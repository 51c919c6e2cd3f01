"""How often an account's containers and a container's objects may be written and listed.

A caller who is too fast waits in line; one whose turn would come later than the longest wait is told to slow down,
with Swift's own status 498. A line is one number, the moment its next turn is due, so that it costs nothing to stand
in; lines that are free again are forgotten.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from msgspec import Struct

from stacklab.core.errors import Failure
from stacklab.core.settings import Objects as Settings
from stacklab.core.settings import steps

_BURST = 5.0  # seconds of turns that a line nobody stood in saves up
_MOST = 10_000  # lines remembered before the free ones are swept


class SlowDown(Failure):
    """The line is too long."""

    status: ClassVar[int] = 498
    title: ClassVar[str] = "Rate Limited"

    def __init__(self) -> None:
        super().__init__("Slow down")


class Limits(Struct, frozen=True):
    """Turns a second; 0 is no limit. Those of containers are (objects in it, rate), rising: between two the rate goes
    in a straight line, below the first there is none."""

    account: float = 0
    container: Sequence[tuple[int, float]] = ()
    listing: Sequence[tuple[int, float]] = ()
    longest_wait: float = 60.0  # seconds


def limits(settings: Settings) -> Limits:
    """What this cloud allows."""
    container, listing = settings.container_ratelimits, settings.listing_ratelimits
    return Limits(
        settings.account_ratelimit,
        steps("container_ratelimits", container),
        steps("listing_ratelimits", listing),
        settings.ratelimit_longest_wait,
    )


def rate(steps: Sequence[tuple[int, float]], objects: int) -> float:
    """Turns a second of a container with so many objects; 0 is no limit."""
    found = 0.0
    for at, (size, here) in enumerate(steps):
        if objects < size:
            break
        following = steps[at + 1] if at + 1 < len(steps) else None
        found = here if following is None else here + (objects - size) * (following[1] - here) / (following[0] - size)
    return found


class Lines:
    """`clock` gives seconds that only go forward."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.open = bool(limits.account or limits.container or limits.listing)  # whether anybody stands in one
        self._clock = clock
        self._due: dict[str, float] = {}

    def wait(self, method: str, account: str, container: str, object: str, objects: int) -> float:
        """Seconds to wait before this request, 0 mostly. `objects`: how many the container has. Raises SlowDown."""
        key, allowed = self._line(method, account, container, object, objects)
        return self._stand(key, allowed) if allowed > 0 else 0.0

    def _line(self, method: str, account: str, container: str, object: str, objects: int) -> tuple[str, float]:
        if object and method in ("PUT", "DELETE", "POST", "COPY"):
            return f"{account}/{container}", rate(self.limits.container, objects)
        if container and not object and method in ("PUT", "DELETE"):
            return account, self.limits.account
        if container and not object and method == "GET":
            return f"{account}/{container}?", rate(self.limits.listing, objects)
        return "", 0

    def _stand(self, key: str, allowed: float) -> float:
        now, turn = self._clock(), 1 / allowed
        due = max(self._due.get(key, now - _BURST), now - _BURST)
        wait = max(0.0, due - now)
        if wait > self.limits.longest_wait:
            raise SlowDown
        if len(self._due) >= _MOST:
            self._due = {name: then for name, then in self._due.items() if then > now}
        self._due[key] = due + turn
        return wait
