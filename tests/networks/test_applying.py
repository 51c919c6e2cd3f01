"""Applying: one job for many changes, one apply for many who wait, and a failure that is not forgotten."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stacklab.core.db.database import rows, transaction
from stacklab.core.jobs import queue
from stacklab.host.network.plan import NetworkError
from stacklab.networks import applying
from stacklab.networks.applying import Applier, request_apply


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

    applier = Applier(apply)
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

    applier = Applier(apply)
    with pytest.raises(NetworkError):
        applier.now()
    applier.now()
    assert answers == []


def test_the_audit_repairs_drift(cloud: Any) -> None:
    cloud.service.apply_now()
    cloud.service.audit()
    assert len(cloud.driver.plans) == 1
    cloud.driver._machine.forget()
    cloud.service.audit()
    assert len(cloud.driver.plans) == 2
    assert cloud.driver.audit() == []
