"""Time has one source, and its texts are the ones the APIs show."""

from collections.abc import Iterator

import pytest

from stacklab.core import clock

MOMENT = 1_763_920_800_123_456


@pytest.fixture
def stopped() -> Iterator[None]:
    clock.use(lambda: MOMENT)
    yield
    clock.use(None)


@pytest.mark.usefixtures("stopped")
def test_a_stopped_clock_still_gives_unique_times() -> None:
    assert clock.now() == MOMENT
    first, second = clock.unique(), clock.unique()
    assert second > first


def test_texts() -> None:
    assert clock.iso(MOMENT) == "2025-11-23T18:00:00Z"
    assert clock.iso_us(MOMENT) == "2025-11-23T18:00:00.123456Z"
    assert clock.naive_us(MOMENT) == "2025-11-23T18:00:00.123456"


@pytest.mark.parametrize(
    "text", ["2025-11-23T18:00:00.123456Z", "2025-11-23T18:00:00.123456", "2025-11-23T19:00:00.123456+01:00"]
)
def test_parse_reads_what_it_shows(text: str) -> None:
    assert clock.parse(text) == MOMENT


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00.000001Z"])
def test_the_ends_of_the_calendar(text: str) -> None:
    assert clock.iso_us(clock.parse(text)).zfill(len(text)) == text


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_parse_refuses_what_cannot_be_shown(text: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        clock.parse(text)


def test_parse_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="Invalid isoformat"):
        clock.parse("yesterday")
