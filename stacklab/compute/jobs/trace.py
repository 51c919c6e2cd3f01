"""Steps of an action with their times: what `instance actions` and the console's boot trace show."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from stacklab.compute.model import actions
from stacklab.core import clock
from stacklab.core.db.database import transaction


class Trace:
    """The steps of one action, one after another.

    A step's end is written with the beginning of the next one, or by `settle`: one transaction a step. A crash between
    the two leaves it open, as one inside the step does, and the job that runs again begins it again.
    """

    def __init__(self, action: int) -> None:
        self._action = action
        self._ended: tuple[int, int] | None = None  # (event, when)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        if self._ended:
            with transaction():
                self.settle()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Record `name` as begun, and as finished or failed when the block ends."""
        with transaction():
            self.settle()
            event = actions.start_event(self._action, name)
        try:
            yield
        except Exception as error:
            with transaction():
                actions.finish_event(event, self._action, str(error))
            raise
        self._ended = (event, clock.now())

    def settle(self) -> None:
        """Write the end of the last step; inside a transaction, say the one that makes its outcome known."""
        if self._ended:
            event, when = self._ended
            actions.finish_event(event, self._action, at=when)
            self._ended = None


@contextmanager
def step(action: int, name: str) -> Iterator[None]:
    """The only step of an action."""
    with Trace(action) as trace, trace.step(name):
        yield
