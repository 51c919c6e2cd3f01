"""Published news, handed out here and now: what a node's workers do by themselves."""

from stacklab.core.events import Bus
from stacklab.core.jobs import Kind, queue


def deliver(bus: Bus, others: dict[str, Kind] | None = None) -> None:
    """Run every queued job of the bus, and of the `others` that the database of the test has."""
    kinds = {**bus.jobs(), **(others or {})}
    while job := queue.take():
        kinds[job.kind].run(job)
        queue.done(job)
