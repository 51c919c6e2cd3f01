"""A queue with an end: what does not fit is refused at once, and there is room again when something is done."""

import threading

import pytest

from stacklab.core.errors import Unavailable
from stacklab.http.bounded import Bounded


def test_what_does_not_fit_is_told_to_come_back() -> None:
    gate = threading.Event()
    with Bounded(1, 2, "hashing") as pool:
        inside = [pool.submit(gate.wait, 10) for _ in range(3)]
        with pytest.raises(Unavailable, match="try again in") as refused:
            pool.submit(gate.wait, 10)
        assert int(refused.value.headers["retry-after"]) >= 1
        gate.set()
        assert all(future.result(10) for future in inside)
        assert pool.submit(str, 7).result(10) == "7"


def test_a_call_that_fails_or_is_taken_back_leaves_its_place() -> None:
    gate = threading.Event()
    with Bounded(1, 1, "hashing") as pool:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                pool.submit(divmod, 1, 0).result(10)
        first, second = pool.submit(gate.wait, 10), pool.submit(gate.wait, 10)
        assert second.cancel()
        third = pool.submit(str, 7)
        gate.set()
        assert (first.result(10), third.result(10)) == (True, "7")
