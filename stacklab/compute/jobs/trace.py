"""Steps of an action with their times: what `instance actions` and the console's boot trace show."""

from collections.abc import Iterator
from contextlib import contextmanager

from stacklab.compute.model import actions
from stacklab.core.db.database import transaction


@contextmanager
def step(action: int, name: str) -> Iterator[None]:
    """Record `name` as begun, and as finished or failed when the block ends."""
    with transaction():
        event = actions.start_event(action, name)
    try:
        yield
    except Exception as error:
        with transaction():
            actions.finish_event(event, action, str(error))
        raise
    with transaction():
        actions.finish_event(event, action)
