"""Serial logs that guests write."""

import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from stacklab.host.hypervisor import console_log


@pytest.mark.parametrize(
    ("lines", "text"), [(None, "a\nb\nc"), (0, ""), (-1, ""), (1, "c"), (2, "b\nc"), (3, "a\nb\nc"), (99, "a\nb\nc")]
)
def test_tail(tmp_path: Path, lines: int | None, text: str) -> None:
    (tmp_path / "log").write_text("a\nb\nc")
    assert console_log.tail(tmp_path / "log", lines) == text


def test_tail_of_no_file(tmp_path: Path) -> None:
    assert console_log.tail(tmp_path / "log", 10) == ""


def test_tail_reads_no_more_than_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_log, "READ_LIMIT", 4)
    (tmp_path / "log").write_bytes(b"12345678")
    assert console_log.tail(tmp_path / "log", None) == "5678"


def test_trim_cuts_only_what_is_too_long(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"12345678")
    assert not console_log.trim(log, limit=8)
    assert log.read_bytes() == b"12345678"
    assert console_log.trim(log, limit=7)
    assert log.read_bytes() == b""
    assert not console_log.trim(tmp_path / "none", limit=0)


def test_a_writer_that_appends_goes_on_at_the_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("ab", buffering=0) as guest:
        guest.write(b"before")
        console_log.trim(log, limit=0)
        guest.write(b"after")
    assert log.read_bytes() == b"after"


def test_the_trimmer_comes_round_until_it_is_closed() -> None:
    rounds = threading.Semaphore(0)

    def paths() -> Iterable[Path]:
        rounds.release()
        return ()

    trimmer = console_log.Trimmer(paths, interval=0.001)
    for _ in range(3):
        assert rounds.acquire(timeout=5)
    trimmer.close()
