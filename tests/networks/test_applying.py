"""Applying: one job for many changes, one apply for many who wait, and a failure that is not forgotten."""

import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stacklab.core.db.database import rows, transaction
from stacklab.core.jobs import queue
from stacklab.host.network.plan import NetworkError
from stacklab.networks import applying
from stacklab.networks.applying import Applier, request_apply


def never(port_ids: Collection[str]) -> None:
    """The change of an applier that is only asked for the whole plan."""
    raise AssertionError(port_ids)


def test_one_waiting_job_is_enough(cloud: Any) -> None:
    for _ in range(3):
        request_apply()
    assert len(rows("SELECT id FROM jobs")) == 1


def test_a_job_that_has_begun_does_not_see_later_changes(cloud: Any) -> None:
    request_apply()
    job = queue.take()
    assert job
    assert job.kind == applying.JOB
    request_apply()
    request_apply()
    assert rows("SELECT state FROM jobs ORDER BY id") == [("running",), ("queued",)]
    assert queue.take() is None, "one apply at a time"


def test_a_change_that_is_rolled_back_asks_for_nothing(cloud: Any) -> None:
    def fail() -> None:
        with transaction():
            request_apply()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert rows("SELECT id FROM jobs") == []


def test_the_job_applies_the_plan(cloud: Any) -> None:
    request_apply()
    job = queue.take()
    assert job
    cloud.service.jobs()[job.kind].run(job)
    assert [len(plan.networks) for plan in cloud.driver.plans] == [1]


def test_all_who_wait_share_one_apply() -> None:
    entered, go_on = threading.Event(), threading.Event()
    applied = []

    def apply() -> None:
        applied.append(1)
        entered.set()
        assert go_on.wait(10)

    applier = Applier(apply, never)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(applier.now)
        assert entered.wait(10)
        rest = [pool.submit(applier.now) for _ in range(6)]
        while applier.asked < 7:
            threading.Event().wait(0.001)
        go_on.set()
        for each in [first, *rest]:
            each.result(10)
    assert len(applied) == 2, "the one under way may have missed their changes; the next has all of them"


def test_a_refusal_reaches_who_asked_and_the_next_tries_again() -> None:
    answers = [NetworkError("no"), None]

    def apply() -> None:
        answer = answers.pop(0)
        if answer:
            raise answer

    applier = Applier(apply, never)
    with pytest.raises(NetworkError):
        applier.now()
    applier.now()
    assert answers == []


class Host:
    """Counts what an applier does to it; `answers` are the errors it raises, in turn."""

    def __init__(self, *answers: Exception | None) -> None:
        self.seen: list[object] = []
        self.answers = list(answers)
        self.applier = Applier(lambda: self._do("whole"), lambda port_ids: self._do(sorted(port_ids)))

    def _do(self, what: object) -> None:
        self.seen.append(what)
        if self.answers and (error := self.answers.pop(0)):
            raise error


def test_ports_are_changed_alone_once_the_whole_plan_was_applied() -> None:
    host = Host()
    host.applier.ports(["one"])
    host.applier.ports(["two", "three"])
    host.applier.ports([])
    assert host.seen == ["whole", ["three", "two"]]


def test_a_change_that_does_not_fit_is_followed_by_the_whole_plan() -> None:
    host = Host(None, NetworkError("no such network yet"))
    host.applier.now()
    host.applier.ports(["one"])
    host.applier.ports(["two"])
    assert host.seen == ["whole", ["one"], "whole", ["two"]]


def test_what_was_refused_is_made_up_for_by_the_whole_plan() -> None:
    host = Host(None, OSError("disk full"))
    host.applier.now()
    with pytest.raises(OSError, match="full"):
        host.applier.ports(["one"])
    assert host.applier.behind
    host.applier.ports(["two"])
    assert host.seen == ["whole", ["one"], "whole"]
    assert not host.applier.behind


def test_very_many_ports_are_as_cheap_by_the_whole_plan() -> None:
    host = Host()
    host.applier.now()
    host.applier.ports([str(number) for number in range(applying.MANY + 1)])
    assert host.seen == ["whole", "whole"]


def test_the_audit_applies_what_was_refused_before(cloud: Any) -> None:
    cloud.service.audit()
    assert len(cloud.driver.plans) == 1, "nothing was applied by this process yet"
    cloud.service.audit()
    assert len(cloud.driver.plans) == 1


def test_the_audit_repairs_drift(cloud: Any) -> None:
    cloud.service.apply_now()
    cloud.service.audit()
    assert len(cloud.driver.plans) == 1
    cloud.driver._machine.forget()
    cloud.service.audit()
    assert len(cloud.driver.plans) == 2
    assert cloud.driver.audit() == []
