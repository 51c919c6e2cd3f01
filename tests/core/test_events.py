"""News: emitted when the change is committed; published with it, until everybody who listens has heard it."""

import pytest

from stacklab.core import clock
from stacklab.core.db.database import change, rows, transaction
from stacklab.core.events import Bus, Event, Undelivered
from stacklab.core.jobs import Job, Workers, pending, queue
from tests.support.client import until
from tests.support.news import deliver

pytestmark = pytest.mark.usefixtures("database")
GONE = Event("project.deleted", "p1", "p1", {"name": "one"})


def _refuse(event: Event) -> None:
    raise OSError(f"nobody takes {event.kind}")


def taken() -> Job:
    with transaction():
        change("UPDATE jobs SET run_after = 0")
    job = queue.take()
    assert job
    return job


def test_emitted_news_waits_for_the_commit() -> None:
    bus, heard = Bus(), list[Event]()
    bus.subscribe("*", heard.append)
    with transaction():
        bus.emit(GONE)
        assert heard == []
    assert (heard, pending()) == ([GONE], 0)


@pytest.mark.parametrize("way", ["emit", "publish"])
def test_news_of_what_was_undone_is_none(way: str) -> None:
    bus, heard = Bus(), list[Event]()
    bus.subscribe("*", heard.append)
    with pytest.raises(ZeroDivisionError), transaction():
        getattr(bus, way)(GONE)
        raise ZeroDivisionError
    deliver(bus)
    assert heard == []


def test_published_news_is_told_as_it_was() -> None:
    bus, heard = Bus(), list[Event]()
    bus.subscribe(GONE.kind, heard.append)
    bus.subscribe("project.created", heard.append)
    bus.publish(GONE)
    assert heard == []
    deliver(bus)
    assert (heard, pending()) == ([GONE], 0)


def test_who_fails_is_told_again_and_does_not_keep_it_from_others() -> None:
    bus, heard = Bus(), list[Event]()
    trouble = iter([True, False])

    def fail_once(event: Event) -> None:
        if next(trouble):
            raise OSError("the disk is away")
        heard.append(event)

    bus.subscribe(GONE.kind, fail_once)
    bus.subscribe(GONE.kind, heard.append)
    bus.publish(GONE)
    job = taken()
    with pytest.raises(Undelivered):
        bus.jobs()[job.kind].run(job)
    assert heard == [GONE]
    queue.put_back(job, 0, "")
    deliver(bus)
    assert heard == [GONE] * 3  # who heard it the first time hears it again


def test_news_of_one_subject_keeps_its_order_and_its_own_place_in_the_queue() -> None:
    bus, heard = Bus(), list[str]()
    bus.subscribe("*", lambda event: heard.append(event.kind))
    for kind in ("project.disabled", "project.enabled"):
        bus.publish(Event(kind, "p1"))
    assert {r[0] for r in rows("SELECT subject FROM jobs")} == {"news of p1"}
    deliver(bus)
    assert heard == ["project.disabled", "project.enabled"]


def test_news_that_nobody_takes_is_offered_once_a_minute_for_ever() -> None:
    bus = Bus()
    bus.subscribe("*", _refuse)
    bus.publish(GONE)
    with transaction():
        change("UPDATE jobs SET attempts = 5000")
    workers = Workers(bus.jobs(), 1)
    workers.start()
    until("the attempt", lambda: rows("SELECT 1 FROM jobs WHERE state = 'queued' AND attempts = 5001"), 10, 0.01)
    workers.stop()
    [(due,)] = rows("SELECT run_after FROM jobs")
    assert 50 < (due - clock.now()) / clock.SECOND <= 60
