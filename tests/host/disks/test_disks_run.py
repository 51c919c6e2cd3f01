"""Disk tools under limits."""

import sys

import pytest

from stacklab.host.disks.run import LOOK, Limits, run
from stacklab.host.disks.spec import DiskError

pytestmark = pytest.mark.host

BRISK = Limits(address_space=1 << 30, cpu_seconds=1, seconds=10)


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_its_output_comes_back() -> None:
    assert run(python("print('hello')"), LOOK) == b"hello\n"


def test_it_has_nothing_to_read() -> None:
    assert run(python("import sys; print(len(sys.stdin.read()))"), LOOK) == b"0\n"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("bytearray(2 << 30)", "may be damaged"),
        ("while True: pass", "may be damaged"),
        ("raise SystemExit('No space left on device: /state/secret')", "disk is full"),
        ("raise SystemExit('Failed to get \"write\" lock on /state/secret')", "in use by another process"),
        ("raise SystemExit('/state/secret is odd')", "may be damaged"),
    ],
    ids=["memory", "processor", "space", "lock", "other"],
)
def test_failures_are_sentences_without_paths(code: str, said: str) -> None:
    with pytest.raises(DiskError, match=said) as caught:
        run(python(code), BRISK)
    assert "/state" not in str(caught.value)


def test_one_that_hangs_is_ended() -> None:
    with pytest.raises(DiskError, match="did not finish within"):
        run(python("import time; time.sleep(60)"), Limits(1 << 30, 5, 0.2))


def test_one_that_is_not_installed_is_named() -> None:
    with pytest.raises(DiskError, match="no-such-tool is not installed"):
        run(["no-such-tool"], LOOK)
