"""Bulk work steps back, and nobody else with it."""

import os
import sys

import pytest

from stacklab.core import aside

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="niceness of one thread")


def test_its_threads_step_back_and_nothing_else() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with aside.pool(1, "bulk") as pool:
        within = pool.submit(os.getpriority, os.PRIO_PROCESS, 0).result()
    assert within == min(before + 5, 19)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
