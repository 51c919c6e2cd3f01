"""Queued jobs, published news among them, run here and now: what a node's workers do by themselves."""

from stacklab.core.db.database import change, transaction
from stacklab.core.events import Bus
from stacklab.core.jobs import Kind, queue


def deliver(bus: Bus, others: dict[str, Kind] | None = None) -> None:
    """Run every queued job of the bus, and of the `others` that the database of the test has."""
    kinds = {**bus.jobs(), **(others or {})}
    while job := queue.take():
        kinds[job.kind].run(job)
        queue.done(job)


def settle(kinds: dict[str, Kind]) -> list[str]:
    """Run every queued job, one that fails as often as its kind says, without waiting; the kinds that ran."""
    ran: list[str] = []
    while True:
        with transaction():
            change("UPDATE jobs SET run_after = 0")
        job = queue.take()
        if job is None:
            return ran
        ran.append(job.kind)
        kind = kinds[job.kind]
        try:
            kind.run(job)
        except Exception as error:
            if job.attempts < kind.attempts and not isinstance(error, kind.final):
                queue.put_back(job, 0, repr(error))
                continue
            kind.give_up(job, error)
        queue.done(job)
