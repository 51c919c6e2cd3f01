"""Rate limits on a clock that the test turns."""

import pytest

from stacklab.objects import ratelimit
from stacklab.objects.ratelimit import Limits, Lines, SlowDown

STEPS = [(100, 10.0), (200, 5.0)]


@pytest.mark.parametrize(("objects", "rate"), [(0, 0), (99, 0), (100, 10), (150, 7.5), (200, 5), (9000, 5)])
def test_rate_falls_with_the_size(objects: int, rate: float) -> None:
    assert ratelimit.rate(STEPS, objects) == rate


def test_nobody_waits_without_limits() -> None:
    lines = Lines(Limits(), lambda: 0.0)
    assert [lines.wait(method, "a", "c", "o", 10**6) for method in ("PUT", "GET", "DELETE")] == [0, 0, 0]


def test_a_burst_is_free_then_each_waits_its_turn() -> None:
    now = [100.0]
    lines = Lines(Limits(account=1.0, longest_wait=2.0), lambda: now[0])
    waits = [lines.wait("PUT", "a", "c", "", 0) for _ in range(8)]
    assert waits == [0, 0, 0, 0, 0, 0, 1, 2]
    with pytest.raises(SlowDown) as refused:
        lines.wait("PUT", "a", "c", "", 0)
    assert (refused.value.status, refused.value.message) == (498, "Slow down")
    assert lines.wait("PUT", "b", "c", "", 0) == 0
    now[0] += 2.0
    assert lines.wait("PUT", "a", "c", "", 0) == 1


@pytest.mark.parametrize(
    ("method", "object", "limited"),
    [("PUT", "o", True), ("COPY", "o", True), ("GET", "o", False), ("GET", "", True), ("HEAD", "", False)],
)
def test_what_is_limited(method: str, object: str, limited: bool) -> None:
    lines = Lines(Limits(container=STEPS, listing=STEPS, longest_wait=0.01), lambda: 0.0)
    calls = range(80)
    if limited:
        with pytest.raises(SlowDown):
            for _ in calls:
                lines.wait(method, "a", "c", object, 100)
    else:
        assert {lines.wait(method, "a", "c", object, 100) for _ in calls} == {0}
